"""What a file says of itself, and whether it is so: ``nijigen verify``. Modules are imported by name.

A birth certificate is no signature. What is found here is whether a file agrees with what it says, not who wrote it.
"""
