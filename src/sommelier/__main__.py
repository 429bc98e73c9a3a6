"""`python -m sommelier` is `sommelier`."""

from sommelier.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
