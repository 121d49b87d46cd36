"""What a replan takes from elsewhere is written on SQLite and on a real PostgreSQL."""

from tests.server.promising.run_time.conftest import OpenShop, open_shop, sqlite_path, url

__all__ = ["OpenShop", "open_shop", "sqlite_path", "url"]
