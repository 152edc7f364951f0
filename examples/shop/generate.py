"""Write the raw data of the example shop into the `raw` schema of `shop.duckdb`.

Needs duckdb and nothing else; the same rows on every machine, at every time.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import duckdb

DICE = """
create or replace macro dice(number, salt, sides) as (md5_number_lower(salt || number) % sides)::int
"""
"""A number from 0 to sides - 1 that depends on the row and the salt alone."""

STATEMENTS = (
    "create schema if not exists raw",
    """
    create or replace table raw.suppliers as
    select
        i as id,
        'Supplier ' || i as company_name,
        ['DE', 'NL', 'FR', 'PL', 'IT'][dice(i, 'supplier-country', 5) + 1] as country,
        1 + dice(i, 'supplier-days', 20) as delivery_days,
        (30 + dice(i, 'supplier-rating', 21)) / 10 as rating
    from range(1, 61) as rows(i)
    """,
    """
    create or replace table raw.store_locations_2024 as
    select
        i as store_no,
        'Shop ' || ['Berlin', 'Paris', 'Utrecht', 'Lyon', 'Hamburg', 'Milan'][i] as label,
        ['DE', 'FR', 'NL', 'FR', 'DE', 'IT'][i] as country,
        date '2015-01-01' + dice(i, 'store-opened', 2500) as opened_on,
        ['EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'EUR'][i] as currency
    from range(1, 7) as rows(i)
    """,
    """
    create or replace table raw.customers as
    select
        i as id,
        ['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Frances', 'Ken']
            [dice(i, 'first', 8) + 1] as first_name,
        ['Meyer', 'Dubois', 'Jansen', 'Kowalska', 'Rossi', 'Novak', 'Lind', 'Okafor']
            [dice(i, 'last', 8) + 1] as last_name,
        -- Exactly one customer has no address to write to: a test of the marts warns of it.
        case when i <> 4711 % {customers} then 'Customer' || i || '@Example.org' end as email,
        {{
            'street': 'Main Street ' || (1 + dice(i, 'street', 200)),
            'city': ['Berlin', 'Paris', 'Utrecht', 'Warsaw', 'Milan', 'London']
                [dice(i, 'city', 6) + 1],
            'country': ['DE', 'FR', 'NL', 'PL', 'IT', 'GB'][dice(i, 'city', 6) + 1]
        }} as address,
        case when i > 10 and dice(i, 'referred', 4) = 0
            then 1 + dice(i, 'referrer', i // 2) end as referred_by,
        dice(i, 'newsletter', 3) > 0 as newsletter,
        timestamp '2023-01-01' + to_seconds(dice(i, 'signup', 31536000)) as signed_up_at,
        timestamp '2024-01-01' + to_seconds(dice(i, 'updated', 31536000)) as updated_at
    from range(1, {customers} + 1) as rows(i)
    """,
    """
    create or replace table raw.products as
    select
        'P' || lpad(i::varchar, 4, '0') as sku,
        ['Teapot', 'Lamp', 'Chair', 'Notebook', 'Kettle', 'Blanket'][dice(i, 'thing', 6) + 1]
            || ' ' || i as title,
        ['kitchen', 'light', 'furniture', 'paper', 'kitchen', 'textile']
            [dice(i, 'thing', 6) + 1] as category_code,
        300 + dice(i, 'price', 20000) as price_cents,
        100 + dice(i, 'cost', 200) as cost_cents,
        1 + dice(i, 'product-supplier', 60) as supplier_id,
        '{{"colour": "' || ['red', 'blue', 'green', 'plain'][dice(i, 'colour', 4) + 1]
            || '", "weight_g": ' || (50 + dice(i, 'weight', 5000)) || '}}' as attributes,
        list_slice(['new', 'gift', 'sale', 'eco'], 1 + dice(i, 'tags', 4), 4) as tags,
        timestamp '2024-01-01' + to_seconds(dice(i, 'product-updated', 31536000)) as updated_at
    from range(1, 801) as rows(i)
    """,
    """
    create or replace table raw.orders as
    select
        i as id,
        1 + dice(i, 'customer', {customers}) as customer_id,
        case when dice(i, 'channel', 4) = 0 then 1 + dice(i, 'store', 6) end as store_id,
        timestamp '2024-01-01' + to_seconds(dice(i, 'ordered', 63072000)) as ordered_at,
        ['placed', 'shipped', 'completed', 'completed', 'completed', 'returned']
            [dice(i, 'status', 6) + 1] as status,
        ['EUR', 'EUR', 'EUR', 'PLN', 'GBP'][dice(i, 'currency', 5) + 1] as currency,
        dice(i, 'shipping', 10) * 99 as shipping_cents,
        case when dice(i, 'voucher', 8) = 0 then 'WELCOME10' end as voucher
    from range(1, {orders} + 1) as rows(i)
    """,
    """
    create or replace table raw.order_items as
    select
        row_number() over (order by o.id, line) as id,
        o.id as order_id,
        line::int as line_no,
        'P' || lpad((1 + dice(o.id * 10 + line, 'product', 800))::varchar, 4, '0') as sku,
        1 + dice(o.id * 10 + line, 'quantity', 4) as quantity,
        300 + dice(o.id * 10 + line, 'unit-price', 20000) as unit_price_cents,
        case when dice(o.id * 10 + line, 'discount', 5) = 0 then 10 else 0 end as discount_percent
    from raw.orders as o, range(1, 5) as lines(line)
    where line <= 1 + dice(o.id, 'lines', 4)
    """,
    """
    create or replace table raw.payments as
    select
        row_number() over (order by o.id, attempt) as id,
        o.id as order_id,
        attempt::int as attempt,
        ['card', 'paypal', 'invoice', 'voucher'][dice(o.id, 'method', 4) + 1] as method,
        500 + dice(o.id, 'paid', 50000) as amount_cents,
        case when attempt = 1 and dice(o.id, 'retry', 12) = 0
            then 'failed' else 'captured' end as state,
        o.ordered_at + to_minutes(attempt::int) as paid_at
    from raw.orders as o, range(1, 3) as attempts(attempt)
    where attempt = 1 or dice(o.id, 'retry', 12) = 0
    """,
    """
    create or replace table raw.refunds as
    select
        row_number() over (order by id) as refund_no,
        id as order_ref,
        ['broken', 'late', 'unwanted'][dice(id, 'reason', 3) + 1] as why,
        100 + dice(id, 'refunded', 5000) as value_cents,
        ordered_at + to_days(3 + dice(id, 'refund-days', 20)) as refunded_at
    from raw.orders
    where status = 'returned'
    """,
    """
    create or replace table raw.web_events as
    select
        i as event_id,
        'v' || dice(i // 8, 'visitor', {customers}) as visitor,
        case when dice(i // 8, 'login', 3) > 0
            then 1 + dice(i // 8, 'visitor', {customers}) end as customer_id,
        ['page', 'page', 'search', 'basket', 'checkout'][dice(i, 'event', 5) + 1] as kind,
        timestamp '2024-01-01' + to_seconds(dice(i // 8, 'session', 63000000) + 60 * (i % 8))
            as happened_at,
        '{{"path": "/' || ['home', 'kitchen', 'light', 'sale'][dice(i, 'path', 4) + 1]
            || '", "items": ["P' || lpad((1 + dice(i, 'seen', 800))::varchar, 4, '0')
            || '", "P' || lpad((1 + dice(i, 'then-seen', 800))::varchar, 4, '0')
            || '"]}}' as payload
    from range(0, {events}) as rows(i)
    """,
    """
    create or replace table raw.currency_rates as
    select
        day::date as rate_date,
        code as currency,
        case code
            when 'EUR' then 1.0
            when 'PLN' then 0.23 + dice(epoch(day)::bigint, 'pln', 100) / 10000
            else 1.15 + dice(epoch(day)::bigint, 'gbp', 300) / 10000
        end::decimal(10, 4) as to_eur
    from range(timestamp '2024-01-01', timestamp '2026-01-01', interval 1 day) as days(day)
    cross join (values ('EUR'), ('PLN'), ('GBP')) as codes(code)
    """,
)


def generate(database: Path, scale: float = 1.0) -> dict[str, int]:
    """The rows in each raw table, after writing them into ``database``.

    Args:
        database: A DuckDB file; it is made where it does not exist.
        scale: Multiplies the number of customers, orders and web events.
    """
    sizes = {
        "customers": max(100, int(20_000 * scale)),
        "orders": max(100, int(100_000 * scale)),
        "events": max(100, int(200_000 * scale)),
    }
    with duckdb.connect(str(database)) as connection:
        connection.execute(DICE)
        for statement in STATEMENTS:
            connection.execute(statement.format(**sizes))
        connection.execute("drop macro dice")
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw' order by all"
        ).fetchall()
        return {name: _rows(connection, name) for (name,) in tables}


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """How many rows a raw table has."""
    (rows,) = connection.execute(f"select count(*) from raw.{table}").fetchall()[0]
    return int(rows)


def main() -> None:
    """Generate beside this file, or in the folder that SHOP_HOME names."""
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1.0 is about 700,000 rows")
    arguments = parser.parse_args()
    database = Path(os.environ.get("SHOP_HOME", here)) / "shop.duckdb"
    for table, rows in generate(database, arguments.scale).items():
        print(f"raw.{table:22} {rows:>9,} rows")  # noqa: T201 - a script's output
    print(database)  # noqa: T201 - a script's output


if __name__ == "__main__":
    main()
