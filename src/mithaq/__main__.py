"""`python -m mithaq` is the command line."""

from mithaq.cli import main

if __name__ == "__main__":
    main()
