"""What is known of functions: which hide their argument, which only look like aggregates.

Must not read expressions; it answers for a class of the syntax tree, or for a name.
"""

from __future__ import annotations

from sqlglot import exp

from whence.sql.words import words


def _classes(*names: str) -> tuple[type, ...]:
    """The classes of those ``names`` that this sqlglot has."""
    return tuple(getattr(exp, name) for name in names if hasattr(exp, name))


_MASKING = _classes(
    "Count",
    "CountIf",
    "ApproxDistinct",
    "HLL",
    "Rank",
    "DenseRank",
    "PercentRank",
    "CumeDist",
    "Ntile",
    "RowNumber",
    "MD5",
    "MD5Digest",
    "SHA",
    "SHA2",
    "SHA1Digest",
    "SHA2Digest",
    "FarmFingerprint",
    "StandardHash",
    "LowerHex",
    "MD5NumberLower64",
    "MD5NumberUpper64",
    "HashAgg",
    "Grouping",
)
# Window functions that hand on the value of one row: nothing is aggregated.
_VALUES = _classes("Lag", "Lead", "FirstValue", "LastValue", "NthValue")


def masks(kind: type) -> bool:
    """True where the result of the function does not let its argument be read back."""
    return issubclass(kind, _MASKING)


def value_of_a_row(kind: type) -> bool:
    """True for window functions that hand on the value of one row."""
    return issubclass(kind, _VALUES)


MASKING_NAMES = words(
    """
    hash md5 sha sha1 sha256 sha512 sha2 xxhash64 murmur3 crc32 checksum hashbytes hash_md5
    siphash64 cityhash64 farmhash64 fnv_hash binary_checksum hash_agg md5_hex sha1_hex
    sha2_hex murmurhash hashamp ora_hash digest hmac
    """
)

AGGREGATE_NAMES = words(
    """
    mode product bit_and bit_or bit_xor bool_and bool_or every histogram kurtosis skewness
    entropy fsum favg mad regr_slope regr_intercept regr_r2 regr_avgx regr_avgy any_value
    listagg wm_concat collect_list collect_set string_agg group_concat array_agg json_agg
    jsonb_agg json_object_agg jsonb_object_agg xmlagg approx_percentile percentile uniq
    uniqexact anylast topk grouparray groupuniqarray sumif avgif countif checksum_agg
    bitmap_agg bitmap_construct_agg objectagg object_agg map_agg list
    """
)
