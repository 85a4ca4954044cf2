using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Pilotlight.Storage;

/// <summary>
/// One SQLite file in WAL mode. Reads run on connections of their own; writes queue for one writer, which commits a group at a time:
/// a write is acknowledged only after the commit that holds it is on disk.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    const int MaxGroup = 512;

    readonly Channel<Write> _writes = Channel.CreateBounded<Write>(new BoundedChannelOptions(8192)
    {
        FullMode = BoundedChannelFullMode.Wait,
        SingleReader = true,
    });

    readonly string _connectionString;
    readonly SqliteConnection _writer;
    readonly Task _writerLoop;

    /// <summary>The writer's own, by statement.</summary>
    readonly Dictionary<object, SqliteCommand> _prepared = [];

    Database(string path)
    {
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = true, DefaultTimeout = 30 }.ToString();
        _writer = Open();
        Run(_writer, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=2000; PRAGMA synchronous=FULL;");
        Run(_writer, "CREATE TABLE IF NOT EXISTS migrations (slice TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (slice, version))");
        _writerLoop = Task.Factory.StartNew(WriteLoop, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public static Database Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new Database(path);
    }

    /// <summary>Brings a slice's tables up to date: step N runs once, in order, each in a transaction of its own.</summary>
    public void Migrate(string slice, params ReadOnlySpan<string> steps)
    {
        using var connection = Open();
        using var count = connection.CreateCommand();
        count.CommandText = "SELECT COALESCE(MAX(version), 0) FROM migrations WHERE slice = $slice";
        count.Parameters.AddWithValue("$slice", slice);
        for (var version = Convert.ToInt32(count.ExecuteScalar()) + 1; version <= steps.Length; version++)
        {
            using var transaction = connection.BeginTransaction();
            using var step = connection.CreateCommand();
            step.Transaction = transaction;
            step.CommandText = steps[version - 1];
            step.ExecuteNonQuery();
            step.CommandText = "INSERT INTO migrations (slice, version) VALUES ($slice, $version)";
            step.Parameters.AddWithValue("$slice", slice);
            step.Parameters.AddWithValue("$version", version);
            step.ExecuteNonQuery();
            transaction.Commit();
        }
    }

    /// <summary>Runs a query on a reading connection. The delegate must not write.</summary>
    public T Read<T>(Func<SqliteConnection, T> query)
    {
        using var connection = Open();
        return query(connection);
    }

    /// <summary>
    /// Queues one execution of a statement that the writer keeps prepared; the task completes when it is on disk. One statement is undone
    /// alone without a savepoint, and this is the way for what comes ten thousand times a second.
    /// </summary>
    /// <returns>The number of rows it changed.</returns>
    public async Task<int> WriteAsync<TRow>(Statement<TRow> statement, TRow row, CancellationToken cancellation = default)
    {
        var item = new StatementWrite<TRow>(this, statement, row);
        await _writes.Writer.WriteAsync(item, cancellation);
        return await item.Completion.Task;
    }

    /// <summary>As <see cref="WriteAsync{TRow}"/> for several rows at once, all or none of them.</summary>
    /// <returns>The number of rows they changed.</returns>
    public async Task<int> WriteEachAsync<TRow>(Statement<TRow> statement, IReadOnlyList<TRow> rows, CancellationToken cancellation = default)
    {
        if (rows.Count == 0)
            return 0;
        var item = new StatementWrites<TRow>(this, statement, rows);
        await _writes.Writer.WriteAsync(item, cancellation);
        return await item.Completion.Task;
    }

    /// <summary>As <see cref="WriteAsync{TRow}"/>, for what nobody waits for: it is on disk with the group it falls into, or lost by a crash.</summary>
    public ValueTask WriteLaterAsync<TRow>(Statement<TRow> statement, TRow row, CancellationToken cancellation = default) =>
        _writes.Writer.WriteAsync(new StatementWrite<TRow>(this, statement, row), cancellation);

    /// <summary>
    /// Queues a write; the task completes when it is on disk. A write that throws is undone alone (a savepoint) and its exception
    /// is the task's; others of its group are kept.
    /// </summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> write, CancellationToken cancellation = default)
    {
        var item = new Write<T>(write);
        await _writes.Writer.WriteAsync(item, cancellation);
        return await item.Completion.Task;
    }

    public Task WriteAsync(Action<SqliteConnection> write, CancellationToken cancellation = default) =>
        WriteAsync(connection =>
        {
            write(connection);
            return true;
        }, cancellation);

    public async ValueTask DisposeAsync()
    {
        _writes.Writer.TryComplete();
        await _writerLoop;
        foreach (var command in _prepared.Values)
            command.Dispose();
        _writer.Dispose();
        SqliteConnection.ClearPool(new SqliteConnection(_connectionString));
    }

    SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>A thread of its own: SQLite blocks on the disk, and a pool thread must not.</summary>
    void WriteLoop()
    {
        var group = new List<Write>(MaxGroup);
        while (TryWait())
        {
            while (group.Count < MaxGroup && _writes.Reader.TryRead(out var write))
                group.Add(write);
            Commit(group);
            group.Clear();
        }

        bool TryWait()
        {
            var wait = _writes.Reader.WaitToReadAsync();
            return wait.IsCompleted ? wait.GetAwaiter().GetResult() : wait.AsTask().GetAwaiter().GetResult();
        }
    }

    void Commit(List<Write> group)
    {
        try
        {
            Run(_writer, "BEGIN IMMEDIATE");
            foreach (var write in group)
            {
                if (write.IsOneStatement)
                {
                    if (!write.TryRun(_writer))
                        ThrowIfRolledBack();
                    continue;
                }

                Run(_writer, "SAVEPOINT one");
                if (!write.TryRun(_writer))
                {
                    ThrowIfRolledBack();
                    Run(_writer, "ROLLBACK TO one");
                }

                Run(_writer, "RELEASE one");
            }

            Run(_writer, "COMMIT");
        }
        catch (SqliteException failure)
        {
            // A full disk or a broken file: nothing of the group is acknowledged, and the writer goes on for the next.
            if (_writer.State == System.Data.ConnectionState.Open)
                TryRollback();
            foreach (var write in group)
                write.Fail(failure);
            return;
        }

        foreach (var write in group)
            write.Complete();
    }

    /// <summary>A full disk may have undone the whole group: what came after would be written alone, and not acknowledged.</summary>
    void ThrowIfRolledBack()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(_writer.Handle) != 0)
            throw new SqliteException("The transaction was rolled back.", SQLitePCL.raw.SQLITE_FULL);
    }

    void TryRollback()
    {
        try
        {
            Run(_writer, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // No transaction was open.
        }
    }

    abstract class Write
    {
        /// <summary>SQLite undoes a failed statement by itself.</summary>
        public virtual bool IsOneStatement => false;

        public abstract bool TryRun(SqliteConnection connection);
        public abstract void Complete();
        public abstract void Fail(Exception failure);
    }

    SqliteCommand Prepared<TRow>(Statement<TRow> statement, SqliteConnection connection)
    {
        if (_prepared.TryGetValue(statement, out var command))
            return command;
        command = connection.Prepare(statement.Sql);
        foreach (var parameter in statement.Parameters)
            command.Parameters.Add(new SqliteParameter(parameter, null));
        _prepared.Add(statement, command);
        return command;
    }

    sealed class StatementWrite<TRow>(Database database, Statement<TRow> statement, TRow row)
        : Write<int>(connection =>
        {
            var command = database.Prepared(statement, connection);
            statement.Bind(new StatementValues(command.Parameters), row);
            return command.ExecuteNonQuery();
        })
    {
        public override bool IsOneStatement => true;
    }

    sealed class StatementWrites<TRow>(Database database, Statement<TRow> statement, IReadOnlyList<TRow> rows)
        : Write<int>(connection =>
        {
            var command = database.Prepared(statement, connection);
            var changed = 0;
            foreach (var row in rows)
            {
                statement.Bind(new StatementValues(command.Parameters), row);
                changed += command.ExecuteNonQuery();
            }

            return changed;
        })
    {
        public override bool IsOneStatement => rows.Count == 1;
    }

    class Write<T>(Func<SqliteConnection, T> run) : Write
    {
        T? _value;
        Exception? _failure;

        public TaskCompletionSource<T> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override bool TryRun(SqliteConnection connection)
        {
            try
            {
                _value = run(connection);
                return true;
            }
            catch (Exception failure)
            {
                _failure = failure;
                return false;
            }
        }

        public override void Complete()
        {
            if (_failure is not null)
                Completion.TrySetException(_failure);
            else
                Completion.TrySetResult(_value!);
        }

        public override void Fail(Exception failure) => Completion.TrySetException(_failure ?? failure);
    }
}
