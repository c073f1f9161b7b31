"""``python -m nijigen``."""

from nijigen.cli import main

if __name__ == "__main__":
    main()
