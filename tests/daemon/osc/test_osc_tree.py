"""The tree that OSCQuery serves, against the two tables that it is made from."""

from segue.daemon.messages import TABLE
from segue.daemon.osc.inputs import INPUTS, spelt
from segue.daemon.osc.tree import Tree


def test_the_tree_has_every_address_of_both_tables_and_nothing_else() -> None:
    leaves = {path: node for path, node in Tree("/booth/a").nodes.items() if node.access}
    out = {s.address.replace("/nK/", f"/n{k}/") for s in TABLE if s.planes for k in range(1, 9)}
    into = {address for each in INPUTS for address in spelt(each)}

    assert {path for path, node in leaves.items() if node.access == 1} == {f"/booth/a{a}" for a in out}
    assert {path for path, node in leaves.items() if node.access == 2} == {f"/booth/a{a}" for a in into}
    assert all(node.meaning and node.tags for node in leaves.values())
    assert all(len(node.range) in (0, len(node.tags)) for node in leaves.values())
    assert not [path for path, node in leaves.items() if set(node.tags) == {"s"} and node.range]
