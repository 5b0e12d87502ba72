"""Figures from an air log, the same way for every gateway, and their tables."""

from collections import defaultdict


def percentile(values, share):
    """The value that `share` of all values do not exceed; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Radios:
    """How well the radios of a bank were used while there was work for all of them."""

    def __init__(self, submits):
        by_slot = defaultdict(list)
        for submit in submits:
            by_slot[submit.slot].append(submit.record)
        self.submits = len(submits)
        self.modems = len(by_slot)
        self.gaps_ms = []
        busy_us = open_us = 0
        for records in by_slot.values():
            records.sort(key=lambda record: record["ctrl_z_us"])
            busy_us += sum(record["done_us"] - record["ctrl_z_us"] for record in records)
            open_us += records[-1]["done_us"] - records[0]["ctrl_z_us"]
            for before, after in zip(records, records[1:]):
                # From the modem's answer to the next Ctrl-Z, less what the modem itself took to give the prompt.
                prompt_us = after["prompt_us"] - after["command_us"]
                self.gaps_ms.append((after["ctrl_z_us"] - before["done_us"] - prompt_us) / 1000)
        self.busy = busy_us / open_us if open_us else None

    def gap(self, share):
        return percentile(self.gaps_ms, share)


def show(value, form="{:.2f}"):
    """A figure for a table; a dash where there is none."""
    if value is None:
        return "-"
    return value if isinstance(value, str) else form.format(value)


def table(title, head, rows):
    """Prints a table with right-aligned columns, the first left-aligned."""
    cells = [head, *[[show(cell) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    print(f"\n{title}")
    for number, row in enumerate(cells):
        print("  " + "  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))))
        if number == 0:
            print("  " + "  ".join("-" * w for w in widths))
    print(flush=True)
