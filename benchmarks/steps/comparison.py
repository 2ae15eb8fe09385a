"""What compare_pytorch and compare_peers have in common: their usage errors, the options that say
how long they measure, and rows of their tables."""
import argparse
import pathlib
import sys


class Parser(argparse.ArgumentParser):
    """Wrong usage is one line on stderr, and status 2."""

    def __init__(self, description):
        super().__init__(description=description,
                         formatter_class=argparse.RawDescriptionHelpFormatter)

    def error(self, message):
        self.exit(2, f"{pathlib.Path(sys.argv[0]).name}: {message} (--help shows the options)\n")

    def check_measuring(self, options):
        """--rounds, --threads, --seconds and --json, where they are given."""
        if options.rounds < 1 or min(options.threads or [1]) < 1:
            self.error("--rounds and --threads take numbers from 1 on")
        if options.seconds is not None and not 0 <= options.seconds <= 3600:
            self.error("--seconds takes a number from 0 to 3600")
        folder = pathlib.Path(options.json or ".").parent
        if not folder.is_dir():
            self.error(f"--json {options.json}: there is no folder {folder}")


def print_row(cells):
    print(f"| {' | '.join(str(cell) for cell in cells)} |", flush=True)
