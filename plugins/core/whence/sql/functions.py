"""What is known of functions: which aggregate, which hide their arguments, by class and by name.

Must not read expressions; it answers for a class of the syntax tree, or for a name.
"""

from __future__ import annotations

from sqlglot import exp

from whence.columns.modes import (
    AGGREGATION,
    MASKED_AGGREGATION,
    MASKED_TRANSFORMATION,
    TRANSFORMATION,
)
from whence.sql.words import words


def _classes(names: str) -> tuple[type, ...]:
    """The classes of those ``names`` that this sqlglot has."""
    return tuple(getattr(exp, name) for name in names.split() if hasattr(exp, name))


_MASKING = _classes(
    """
    Count CountIf ApproxDistinct Hll RegrCount BitmapCount Minhash MinhashCombine
    ApproximateSimilarity HashAgg MD5 MD5Digest MD5NumberLower64 MD5NumberUpper64 SHA SHA1Digest
    SHA2 SHA2Digest CityHash64 FarmFingerprint StandardHash Encrypt EncryptRaw
    """
)
_RANKS = _classes("CumeDist DenseRank Ntile PercentRank Rank RowNumber")
# Window functions that hand on the value of one row: nothing is aggregated.
_VALUES = _classes("Lag Lead FirstValue LastValue NthValue")


def masks(kind: type) -> bool:
    """True where the result of the function does not let its argument be read back."""
    return issubclass(kind, _MASKING) or issubclass(kind, _RANKS)


def ranks(kind: type) -> bool:
    """True for functions that tell where a row stands in an order, and not by which value."""
    return issubclass(kind, _RANKS)


def value_of_a_row(kind: type) -> bool:
    """True for window functions that hand on the value of one row."""
    return issubclass(kind, _VALUES)


def aggregates(node: exp.Expr) -> bool:
    """True where ``node`` holds an aggregate function of its own, not one of a subquery."""
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, exp.AggFunc):
            return True
        if not isinstance(part, exp.Query):
            stack += part.iter_expressions()
    return False


_HASHES = words(
    """
    hash hash2 hash4 hash8 hash_combine hash_crc32 hash_md5 hash_sha1 hash_sha256 hash_sha512
    hash_tiger hash_tiger128 hash_tiger160 hash_tiger192 hashtype_md5 hashtype_sha1
    hashtype_sha256 hashtype_sha512 hashtype_tiger hashbytes hashrow hashbucket hashamp hashbakamp
    hash_array hash_array_extended hash_numeric hash_record hashbpchar hashchar hashfloat4
    hashfloat8 hashint2 hashint4 hashint8 hashtext hashtextextended hashvarlena
    md4 md5 md5_binary md5_hex md5_number md5_number_lower md5_number_upper md5sum halfmd5
    sha sha1 sha1_binary sha1_hex sha2 sha2_binary sha2_hex sha3 sha224 sha256 sha384 sha512
    sha512_256 func_sha1 sm3 sm3sum keccak256 ripemd160 blake3 digest hmac hmac_md5 hmac_sha1
    hmac_sha256 hmac_sha512 crc32 crc32c crc32ieee crc64 checksum binary_checksum fnv_hash fnv1_32
    fnv1_64 fnv1a_32 fnv1a_64 fnv1a spooky_hash_v2_32 spooky_hash_v2_64 murmur3 murmur_hash
    murmurhash murmurhash2_32 murmurhash2_64 murmurhash3_32 murmurhash3_64 murmurhash3_128
    murmur3_32_hash murmur_hash3_32 murmur_hash3_64 gccmurmurhash kafkamurmurhash
    xxhash xxhash32 xxhash64 xxh3 xxh3_64 xxh3_128 xxh64 xxhash_32 xxhash_64 xx_hash32 xx_hash64
    cityhash64 cityhash128 farmhash64 farmfingerprint64 farm_fingerprint farm_hash metrohash64
    siphash siphash64 siphash64keyed siphash128 siphash128keyed siphash128reference wyhash64
    inthash32 inthash64 javahash javahashutf16le hivehash urlhash halfhash jumpconsistenthash
    consistenthash yandexconsistenthash kostikconsistenthash ngramsimhash ngramsimhashutf8
    ngramsimhashcaseinsensitive ngramminhash ngramminhashutf8 wordshinglesimhash
    wordshingleminhash bitmap_hash bitmap_hash64 hll_hash ora_hash standard_hash
    statement_digest password old_password crypt pwdencrypt uuid_generate_v3 uuid_generate_v5
    generateuuidv5 dbms_crypto.hash dbms_crypto.mac dbms_utility.get_hash_value
    """
)
_HIDING = words(
    """
    mask mask_hash mask_first_n mask_last_n mask_show_first_n mask_show_last_n mask_inner
    mask_outer mask_pan mask_pan_relaxed mask_ssn mask_canada_sin mask_iban mask_uk_nin mask_uuid
    encrypt encrypt_raw encrypt_iv aes_encrypt aes_encrypt_mysql des_encrypt sm4_encrypt
    deterministic_encrypt pgp_pub_encrypt pgp_sym_encrypt encryptbykey encryptbycert
    encryptbyasymkey encryptbypassphrase aead.encrypt aead.deterministic_encrypt
    dbms_crypto.encrypt
    """
)
_SIZES_OF_SKETCHES = words(
    """
    bitmap_count bitmapcardinality hll_estimate hll_cardinality hll_sketch_estimate
    hll_count.extract hll_export theta_sketch_estimate approx_top_k_estimate
    to_approx_count_distinct
    """
)
_COUNTS = words(
    """
    count count_star count_big count_if countif approx_count approx_count_distinct
    approx_count_distinct_agg approx_count_distinct_detail approximate_count_distinct
    approx_distinct approx_set make_set_digest merge_set_digest ndv multi_distinct_count
    count_by_enum regr_count intersect_count orthogonal_bitmap_union_count bitmap_union_count
    bitmap_union_int uniq uniqexact uniqcombined uniqcombined64 uniqhll12 uniqtheta uniqupto
    groupbitmap groupbitmapand groupbitmapor groupbitmapxor sequencecount sequence_count
    hash_agg checksum_agg grouphash grouparraymd5 count_min_sketch hll hll_accumulate hll_combine
    hll_create_sketch hll_raw_agg hll_union hll_union_agg hll_sketch_agg hll_add_agg
    hll_count.init hll_count.merge hll_count.merge_partial theta_sketch_agg theta_union_agg
    theta_intersection_agg minhash minhash_combine approximate_similarity
    """
)
_AGGREGATES = words(
    """
    any any_value anylast anyheavy any_respect_nulls arbitrary appx_median approx_median
    approx_most_frequent approx_percentile approx_percentile_cont approx_percentile_disc
    approx_percentile_accumulate approx_percentile_combine approx_quantile approx_quantiles
    approx_sum approx_top_count approx_top_k approx_top_k_accumulate approx_top_k_combine
    approx_top_sum argmax argmin arg_max arg_max_null arg_max_nulls_last arg_min arg_min_null
    arg_min_nulls_last array_agg array_concat_agg array_union_agg array_unique_agg avg
    avg_weighted avgweighted bit_and bit_and_agg bit_or bit_or_agg bit_xor bit_xor_agg
    bitmap_agg bitmap_and_agg bitmap_construct_agg bitmap_intersect bitmap_or_agg bitmap_union
    bitmap_xor_agg bitstring_agg bitwise_and_agg bitwise_or_agg bitwise_xor_agg bool_and bool_or
    boolean_and_agg boolean_or_agg collect_list collect_set combine_aggr context_ngrams corr
    corr_k corr_s covar_pop covar_samp decimal_average deltasum entropy every evaluate_classifier
    favg fsum geomean geometric_mean group_array_intersect group_bit_and group_bit_or
    group_bit_xor group_bitmap_xor group_concat grouparray grouparrayinsertat grouparraylast
    grouparraysample groupconcat groupuniqarray histogram histogram_exact histogram_numeric
    histogram_values json_agg json_agg_strict json_arrayagg json_group_array json_group_object
    json_object_agg json_object_agg_strict json_object_agg_unique json_objectagg jsonb_agg
    jsonb_agg_strict jsonb_group_array jsonb_group_object jsonb_object_agg
    jsonb_object_agg_strict jsonb_object_agg_unique kahan_sum kll_merge_agg_bigint
    kll_merge_agg_double kll_merge_agg_float kll_quantiles.init_float64 kll_quantiles.init_int64
    kll_quantiles.merge_float64 kll_quantiles.merge_int64 kll_quantiles.merge_partial
    kll_quantiles.merge_point_float64 kll_quantiles.merge_point_int64 kll_sketch_agg_bigint
    kll_sketch_agg_double kll_sketch_agg_float kurtosis kurtosis_pop kurtosis_samp listagg lttb
    mad map_agg map_union map_union_sum max max_by mean median min min_by mode multi_distinct_sum
    multimap_agg ngrams numeric_histogram object_agg objectagg percentile percentile_approx
    percentile_approx_weighted percentile_array percentile_cont percentile_disc
    percentile_reservoir product qdigest_agg quantile quantile_cont quantile_disc quantile_union
    quantiles range_agg range_intersect_agg rankcorr ratio_to_report reduce_agg regr_avgx
    regr_avgy regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy reservoir_quantile
    retention schema_of_json_agg schema_of_variant_agg sem sequence_match sequencematch set_agg
    set_union simplelinearregression skew skewness skewness_pop skewness_samp some
    spatial_partitioning st_asmvt st_centroid_agg st_collect st_extent st_makeline_agg
    st_union_agg stats_mode std stddev stddev_pop stddev_samp stdev stdevp string_agg sum sum0
    sum_no_overflow sum_null sumkahan summap sumwithoverflow tdigest_agg tdigest_merge topk
    topkweighted topn topn_array topn_weighted try_avg try_sum var var_pop var_samp variance
    variant_group_object varp weighted_avg window_funnel windowfunnel wm_concat xmlagg csum mavg
    mdiff mlinreg msum geometry_union_agg convex_hull_agg
    """
)
_MODES: dict[str, int] = {
    **dict.fromkeys(_AGGREGATES, AGGREGATION),
    **dict.fromkeys(_HASHES | _HIDING | _SIZES_OF_SKETCHES, MASKED_TRANSFORMATION),
    **dict.fromkeys(_COUNTS, MASKED_AGGREGATION),
}
_TRINO = {"checksum": MASKED_AGGREGATION, "merge": AGGREGATION}
# Names that mean an aggregate in these dialects alone.
_MODES_IN: dict[str, dict[str, int]] = {
    "hive": {"first": AGGREGATION, "last": AGGREGATION},
    "oracle": {"checksum": MASKED_AGGREGATION, "collect": AGGREGATION},
    "sqlite": {"total": AGGREGATION},
    "trino": _TRINO,
    "presto": _TRINO,
    "athena": _TRINO,
}
_COMBINATORS = (
    *("simplestate", "mergestate", "ordefault", "resample", "distinct", "foreach", "ornull"),
    *("argmax", "argmin", "array", "merge", "state", "map", "if"),
)
"""ClickHouse: what may stand after the name of an aggregate, the longest first."""


def mode_of_name(name: str, dialect: str) -> int:
    """How a function that the parser does not know uses its arguments.

    Args:
        name: In lower case, with its schema where it has one.
        dialect: sqlglot's name of it.
    """
    own = _MODES_IN.get(dialect)
    if own is not None and name in own:
        return own[name]
    return _MODES.get(name, TRANSFORMATION)


def combined(name: str) -> tuple[int, bool]:
    """Of a ClickHouse aggregate: its mode, and whether its last argument is a condition.

    Args:
        name: In lower case, e.g. ``uniqexactif``.
    """
    conditional = False
    while name not in _MODES:
        suffix = next((each for each in _COMBINATORS if name.endswith(each)), None)
        if suffix is None:
            return AGGREGATION, conditional
        conditional = conditional or suffix == "if"
        name = name[: -len(suffix)]
    return (MASKED_AGGREGATION if _MODES[name] == MASKED_AGGREGATION else AGGREGATION), conditional
