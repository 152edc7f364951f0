"""The words that tell a scanner where it is in a statement.

Must not hold anything but words.
"""

from __future__ import annotations

from whence.sql.words import words

# Verbs whose statements name tables, by what stands where the name is expected.
WRITING = words("insert replace update delete merge truncate copy upsert")
READING = words("pivot unpivot pivot_wider pivot_longer")
DEFINING = words("create alter drop undrop")
QUERYING = words("select with from values table")

# Verbs of statements that name no table whose rows they read or write.
OTHER = words(
    """
    abort add analyse analyze attach audit backup begin bulk cache call case check
    checkpoint checksum clear close cluster comment commit compute constraint continue
    convert cursor database dbcc deallocate declare define delimiter deny desc describe
    detach disable disallow discard do echo else elseif elsif enable end exception exchange
    exec execute exit explain export fetch flush for forall foreach function get getdiag go
    goto grant handler help if import insertion inspect install invalidate iterate kill
    language leave let list listen load lock log loop ls move msck next noaudit notify null
    on open optimize partition perform pipe pragma preload prepare print procedure profile
    purge put raise raise_application_error raiserror reassign rebalance recompress
    reconfigure recover refresh reindex release remove rename repair repeat reset resignal
    restore resume return returning revert revoke rm rollback rollout run save savepoint
    security send set show shutdown signal start stop subscribe summarize suspend system
    then throw trigger uncache uninstall unlisten unload unlock unprepare unset until use
    vacuum validate waitfor when while xa
    """
)

# What a CREATE, ALTER or DROP may make that holds rows.
RELATIONS = words("table view tables views stream")
# What else it may make; the words after it name no table that is read or written.
OBJECTS = words(
    """
    access account agent aggregate aggregation alert api application archive assembly
    asymmetric attribute audit authentication authorization availability cast catalog
    certificate class cluster clustered collation column columnstore compliance computation
    compute connection connector consumer contact contract conversion cortex credential
    cryptographic database databases datashare default dictionary dimension directory domain
    edition encryption endpoint engine event extension failover feature file flashback
    fulltext function functions fusion generator group hierarchy
    image index indexes inmemory integration java join key label language large library link
    linked location lockdown locking log login macro maintenance mask masking master measure
    message metric mining model module named network nonclustered notebook notification
    operator organization outline owned package packages parameter partition password
    permission pipe pluggable policies policy pool postfix primary procedure
    procedures profile projection property provider proxy publication queue quota recipient
    remote replication repository resource restore result role roles rollback route row rule
    sandbox scheduled schema schemas script search secret security segment selective
    semantic sequence server service session settings share signature sink snapshot source
    spatial spfile stage statistics storage streamlit subscription symmetric synonym system
    tablespace tag task text tool transform trigger trusted type types
    undo unified usage user users variable version volume warehouse windows wlm workload
    workspace wrapper xml
    """
)

# Words that may stand between a verb and the table that it writes.
BETWEEN = words(
    """
    all and any authid concurrently data delayed except extended external first force full global
    high_priority if ignore into local low_priority materialized no_write_to_binlog not exists of
    only or overwrite quick recursive replace table tables temp temporary verbose view incremental
    directory columns freeze
    """
)
# The same between FROM or JOIN and the table that is read.
BEFORE_READ = words("only table")

# Words that cannot be the name of a table where one is expected.
RESERVED = words(
    """
    select from where group having order limit union except intersect minus on using set values
    when then else end case as and or not in is null like between join inner left right full cross
    natural lateral straight_join with for into by distinct unnest insert update delete merge create
    alter drop begin if exists primary foreign check constraint references unique stdin stdout to
    fetch qualify window
    """
)

# Words that are no alias of a table before them either.
CLAUSES = RESERVED | words(
    """
    outer semi anti any all some asof global local view returning output without asc desc pivot
    unpivot tablesample sample final prewhere settings format sort distribute cluster partition
    rename add default execute match_recognize connect start within apply matched do nothing
    returns language option positional array emit system_time use grant revoke ignore force keep
    only rows row range first next program low_priority high_priority skip nowait of hint at before
    version timestamp changes match offset directory column columns cascade restrict
    """
)

# After these, commas separate no tables any more.
ENDS_LIST = words(
    """
    where group having order limit offset fetch union except intersect minus window qualify connect
    start set select values returning output when for prewhere settings format sort distribute
    cluster view option into rename add execute emit to
    """
)

# After these a statement may begin within another one.
OPENS = words(
    """
    begin then else loop do as is go query explain analyze atomic declare for return verbose
    extended plan immediate repeat cursor perform formatted codegen cost block when logical ast
    """
)

# In parentheses after a table's name they are hints of T-SQL, and no arguments of a function.
HINTS = words(
    """
    nolock readuncommitted readcommitted repeatableread serializable holdlock updlock xlock tablock
    tablockx rowlock paglock nowait readpast index forceseek forcescan noexpand snapshot
    """
)

# In the place of a table, functions and clauses that take an argument list.
NO_TABLES = words("identifier top opendatasource openquery openrowset")
