"""What clients and other systems send, read into objects of the model: bytes in, objects out.

`bundle` cuts a stream into the bytes of single STIX objects, `stix` reads one object and checks what every object
needs to be published. What may be released to whom is decided in `release`.

>>> [place for place, _ in split_objects([b'{"objects": [{"type": "note"}, {"ty', b'pe": "report"}]}'])]
['$.objects[0]', '$.objects[1]']
"""

from mithaq.wire.bundle import read_whole, split_objects
from mithaq.wire.stix import decode_object, read_object, references, stated_version

__all__ = ["decode_object", "read_object", "read_whole", "references", "split_objects", "stated_version"]
