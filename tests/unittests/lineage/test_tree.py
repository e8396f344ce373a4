"""Tests of the tree that only grows."""

from __future__ import annotations

import gc

import pytest

from orion_pbt.lineage import TreeNode

LONG = 100_000


@pytest.fixture
def tree():
    """Return the nodes, by name, of the tree a(b(d, e(f)), c)."""
    nodes = {"a": TreeNode("a")}
    for child, parent in ("ba", "ca", "db", "eb", "fe"):
        nodes[child] = TreeNode(child, nodes[parent])
    return nodes


@pytest.fixture(scope="module")
def line():
    """Return the nodes of a line of 100,000 generations."""
    nodes = [TreeNode(0)]
    for depth in range(1, LONG):
        nodes.append(TreeNode(depth, nodes[-1]))
    return nodes


def items(nodes):
    return "".join(node.item for node in nodes)


class Untouchable(list):
    """Children that must not be looked at."""

    def __iter__(self):
        raise AssertionError("A node was touched that is not part of the answer.")

    __reversed__ = __len__ = __iter__


def test_depth_counts_the_edges_to_the_root(tree):
    assert {name: node.node_depth for name, node in tree.items()} == {
        "a": 0,
        "b": 1,
        "c": 1,
        "d": 2,
        "e": 2,
        "f": 3,
    }


def test_parent_children_and_root(tree):
    assert tree["a"].parent is None
    assert tree["f"].parent is tree["e"]
    assert items(tree["b"].children) == "de"
    assert tree["f"].children == []
    assert all(node.root is tree["a"] for node in tree.values())


def test_children_cannot_be_changed_from_outside(tree):
    tree["a"].children.clear()
    tree["a"].get_nodes_at_depth(1).clear()
    assert items(tree["a"].children) == items(tree["a"].get_nodes_at_depth(1)) == "bc"


def test_iterates_in_pre_order(tree):
    assert items(tree["a"]) == "abdefc"
    assert items(tree["e"]) == "ef"


def test_leafs_are_in_pre_order(tree):
    assert items(tree["a"].leafs) == "dfc"
    assert items(tree["b"].leafs) == "df"
    assert items(tree["f"].leafs) == "f"


def test_path_goes_from_the_root_to_the_node(tree):
    assert items(tree["f"].path()) == "abef"
    assert items(tree["a"].path()) == "a"


@pytest.mark.parametrize(
    ("name", "depth", "expected"),
    [
        *[
            ("a", 0, "a"),
            ("a", 1, "bc"),
            ("a", 2, "de"),
            ("a", 3, "f"),
            ("a", 4, ""),
            ("a", -1, ""),
        ],
        *[("b", 0, "b"), ("b", 1, "de"), ("b", 2, "f"), ("b", 3, ""), ("c", 1, ""), ("c", -1, "")],
    ],
)
def test_nodes_at_a_depth_are_counted_from_the_node(tree, name, depth, expected):
    assert items(tree[name].get_nodes_at_depth(depth)) == expected


def test_nodes_at_a_depth_of_a_root_touch_no_other_nodes(tree):
    for node in tree.values():
        node._children = Untouchable(node._children)
    assert items(tree["a"].get_nodes_at_depth(2)) == "de"
    with pytest.raises(AssertionError, match="touched"):
        tree["b"].get_nodes_at_depth(2)  # the check does notice it


def test_depth_does_not_look_at_the_nodes_above(tree):
    tree["f"]._parent = tree["e"]._parent = None
    assert tree["f"].node_depth == 3


def test_what_a_node_carries_may_be_replaced(tree):
    tree["e"].item = "E"
    assert items(tree["a"].get_nodes_at_depth(2)) == "dE"
    assert repr(tree["e"]) == "TreeNode('E', depth=2)"


def test_trees_share_nothing(tree):
    other = TreeNode("x")
    TreeNode("y", other)
    assert items(tree["a"].get_nodes_at_depth(1)) == "bc"
    assert items(other.get_nodes_at_depth(1)) == "y"


def test_a_line_of_100000_generations(line):
    last = line[-1]
    assert last.node_depth == LONG - 1
    assert last.root is line[0]
    assert last.path() == line
    assert list(line[0]) == line
    assert line[0].leafs == [last]
    assert line[0].get_nodes_at_depth(LONG - 1) == [last]
    assert line[1].get_nodes_at_depth(LONG - 2) == [last]


def test_a_long_line_can_be_forgotten():
    node = TreeNode(0)
    for depth in range(1, LONG):
        node = TreeNode(depth, node)
    del node
    gc.collect()  # a destructor that recursed would end the process here
