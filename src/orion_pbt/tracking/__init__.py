"""Logging a population where users look: TensorBoard, MLflow, Weights & Biases."""

from orion_pbt.tracking.base import Tracker
from orion_pbt.tracking.exporting import export, trials_of
from orion_pbt.tracking.mlflow import MLflowTracker
from orion_pbt.tracking.rows import Row, to_row
from orion_pbt.tracking.segments import Segment, segments_of
from orion_pbt.tracking.tensorboard import TensorBoardTracker
from orion_pbt.tracking.wandb import WandbTracker

__all__ = [
    "MLflowTracker",
    "Row",
    "Segment",
    "TensorBoardTracker",
    "Tracker",
    "WandbTracker",
    "export",
    "segments_of",
    "to_row",
    "trials_of",
]
