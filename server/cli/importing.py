"""`servanda import`: take in what other systems export."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.options import AsJson, load
from server.cli.printing import print_json, print_text, report

if TYPE_CHECKING:
    from scenarios.imports import Imported

app = typer.Typer(help="Take in what other systems export.")


@app.command(name="orders")
def import_orders_command(
    *,
    world: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the world that the orders are for.")],
    source: Annotated[Path, typer.Option(metavar="FILE", help="CSV file with a header.")],
    mapping: Annotated[Path, typer.Option(metavar="MAP.yaml", help="What its columns mean; docs/import.md.")],
    out: Annotated[Path, typer.Option(help="Where to write the orders, for plan and quote.")] = Path("orders.json"),
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows out, and report them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read orders from a CSV file. A bad row stops it, unless bad rows are to be skipped."""
    from scenarios.imports import import_orders
    from scenarios.json_files import check_writable, write_orders

    check_writable(out)
    imported = import_orders(source, mapping, load(world), skip_bad=skip_bad)
    write_orders(out, imported.orders)
    if as_json:
        print_json(_import_document(imported, out))
    else:
        _print_import(imported, out)


def _import_document(imported: "Imported", out: Path) -> dict[str, Any]:
    return {
        "rows": imported.num_rows,
        "orders": imported.num_orders,
        "split": imported.num_split,
        "written": len(imported.orders),
        "skipped_lines": imported.skipped_lines,
        "issues": imported.issues,
        "out": str(out),
    }


def _print_import(imported: "Imported", out: Path) -> None:
    if imported.issues:
        report(imported.issues, as_json=False)
    print_text(
        f"{imported.num_orders} orders from {imported.num_rows} rows, {imported.num_split} of them in parts, "
        f"{len(imported.skipped_lines)} rows skipped; written to {out}"
    )
