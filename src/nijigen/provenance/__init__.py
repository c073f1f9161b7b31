"""What a file says of itself, and whether it is so: ``nijigen verify``.

>>> from nijigen.provenance import verify
>>> verify("avatars/avatar-0000.png").pixels   # 'unchanged', 'enlarged' or 'changed'

A birth certificate is no signature. What is found here is whether a file agrees with what it says, not who wrote it.
"""

from nijigen.provenance.statement import Statement, read_statement
from nijigen.provenance.verifying import Verifier, verify

__all__ = ["Statement", "Verifier", "read_statement", "verify"]
