from server.ledger import Ledger, StoredOperation


def test_an_operation_is_kept_as_it_was_last_put(ledger: Ledger) -> None:
    running = StoredOperation("operation-1", "Replan", "RUNNING", '{"iterations": 0}')
    done = StoredOperation("operation-1", "Replan", "DONE", '{"iterations": 50}', result='{"saved": 12}')
    with ledger.transaction() as tx:
        tx.put_operation(running)
        assert tx.operation("operation-1") == running
        tx.put_operation(done)
        assert tx.operation("operation-1") == done
        assert tx.operation("operation-2") is None


def test_operations_are_listed_a_page_at_a_time(ledger: Ledger) -> None:
    failed = [StoredOperation(f"operation-{n}", "Replan", "FAILED", "{}", error='{"code": 13}') for n in (1, 2, 3)]
    with ledger.transaction() as tx:
        for operation in reversed(failed):
            tx.put_operation(operation)
        assert tx.operations(limit=2) == tuple(failed[:2])
        assert tx.operations("operation-2", limit=2) == (failed[2],)


def test_a_fact_is_what_it_was_last_set_to(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        assert tx.meta("world") is None
        tx.set_meta("world", "shanghai")
        tx.set_meta("world", "上海")
        assert tx.meta("world") == "上海"
