"""The files that trials leave and their children start from: handed on whole, cheap, bounded."""

from orion_pbt.checkpoints.base import CheckpointStore
from orion_pbt.checkpoints.collector import Collection, collect
from orion_pbt.checkpoints.directory import DirectoryStore
from orion_pbt.checkpoints.inventory import Entry, inventory
from orion_pbt.checkpoints.outlook import Outlook, needed
from orion_pbt.checkpoints.retention import Policy, Verdict, judge
from orion_pbt.checkpoints.settings import Settings
from orion_pbt.checkpoints.transfer import Transfer
from orion_pbt.checkpoints.trials import TrialDirectories
from orion_pbt.checkpoints.workspace import Prepared, Start, Workspace

__all__ = [
    "CheckpointStore",
    "Collection",
    "DirectoryStore",
    "Entry",
    "Outlook",
    "Policy",
    "Prepared",
    "Settings",
    "Start",
    "Transfer",
    "TrialDirectories",
    "Verdict",
    "Workspace",
    "collect",
    "inventory",
    "judge",
    "needed",
]
