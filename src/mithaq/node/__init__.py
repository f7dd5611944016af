"""The one imperative shell: a member's node with its folder, clock, keys and transactions."""

from mithaq.node.home import Home
from mithaq.node.importing import Batch, Import, attach, import_batches, read_ahead, read_objects
from mithaq.node.logbook import LogReport, encode_log_policy, verify_log
from mithaq.node.node import Node, Page, Place, found_node, open_node
from mithaq.node.prepare import Prepared, prepare
from mithaq.node.publish import Listed, Outcome, Placed, Rehearsal, Wish
from mithaq.node.tokens import Act, Token, Visitor, create_token, list_tokens, note_act, read_audit, revoke_token

__all__ = [
    "Act", "Batch", "Home", "Import", "Listed", "LogReport", "Node", "Outcome", "Page", "Place", "Placed", "Prepared",
    "Rehearsal", "Token", "Visitor", "Wish", "attach", "create_token", "encode_log_policy", "found_node",
    "import_batches", "list_tokens", "note_act", "open_node", "prepare", "read_ahead", "read_audit", "read_objects",
    "revoke_token", "verify_log",
]  # fmt: skip
