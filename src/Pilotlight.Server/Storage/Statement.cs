using Microsoft.Data.Sqlite;

namespace Pilotlight.Storage;

/// <summary>One SQL statement that changes rows, prepared once by the writer and executed for many. Keep it in a static field.</summary>
/// <param name="parameters">Their names, such as <c>$id</c>, in the order of <see cref="StatementValues"/>.</param>
/// <param name="bind">Sets every parameter from a row.</param>
public sealed class Statement<TRow>(string sql, string[] parameters, Action<StatementValues, TRow> bind)
{
    public string Sql => sql;

    internal string[] Parameters => parameters;

    internal Action<StatementValues, TRow> Bind => bind;
}

/// <summary>The values of a statement's parameters, by position.</summary>
public readonly struct StatementValues(SqliteParameterCollection parameters)
{
    public object? this[int position]
    {
        set => parameters[position].Value = value ?? DBNull.Value;
    }
}
