"""The one imperative shell: a member's node with its folder, clock, keys and transactions."""

from mithaq.node.home import Home
from mithaq.node.importing import Import, attach, import_files
from mithaq.node.logbook import LogReport, encode_log_policy, verify_log
from mithaq.node.node import Node, Page, Place, found_node, open_node
from mithaq.node.publish import Listed, Outcome, Placed, Prepared, Rehearsal, Wish, prepare
from mithaq.node.tokens import Act, Token, Visitor, create_token, list_tokens, read_audit, revoke_token

__all__ = [
    "Act", "Home", "Import", "Listed", "LogReport", "Node", "Outcome", "Page", "Place", "Placed", "Prepared",
    "Rehearsal", "Token", "Visitor", "Wish", "attach", "create_token", "encode_log_policy", "found_node",
    "import_files", "list_tokens", "open_node", "prepare", "read_audit", "revoke_token", "verify_log",
]  # fmt: skip
