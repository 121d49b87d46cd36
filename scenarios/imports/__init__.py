"""Orders from the CSV files of other systems; what each column means is said in a mapping file."""

from scenarios.imports.mapping import OrderMapping, ReadMapping, read_mapping
from scenarios.imports.orders import Imported, import_orders

__all__ = ["Imported", "OrderMapping", "ReadMapping", "import_orders", "read_mapping"]
