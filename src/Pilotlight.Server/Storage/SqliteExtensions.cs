using Microsoft.Data.Sqlite;

namespace Pilotlight.Storage;

/// <summary>The few lines every store would otherwise repeat.</summary>
public static class SqliteExtensions
{
    extension(SqliteConnection connection)
    {
        /// <summary>Executes a statement; returns the number of rows it changed.</summary>
        public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
        {
            using var command = connection.Prepare(sql, parameters);
            return command.ExecuteNonQuery();
        }

        /// <summary>Reads every row.</summary>
        public List<T> Query<T>(string sql, Func<SqliteDataReader, T> row, params ReadOnlySpan<(string Name, object? Value)> parameters)
        {
            using var command = connection.Prepare(sql, parameters);
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read())
                rows.Add(row(reader));
            return rows;
        }

        public SqliteCommand Prepare(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, value) in parameters)
                command.Parameters.AddWithValue(name, value ?? DBNull.Value);
            return command;
        }
    }
}
