using System.Text.Json;
using Pilotlight.Storage;

namespace Pilotlight.Functions;

/// <summary>The SQL of code signing configurations: a document a row.</summary>
public sealed class CodeSigningStore
{
    readonly Database _database;

    public CodeSigningStore(Database database)
    {
        _database = database;
        database.Migrate("code_signing", "CREATE TABLE code_signing_configs (arn TEXT NOT NULL PRIMARY KEY, document TEXT NOT NULL)");
    }

    public IReadOnlyList<CodeSigningConfig> Load() => _database.Read(connection => connection.Query(
        "SELECT document FROM code_signing_configs",
        row => JsonSerializer.Deserialize(row.GetString(0), CodeSigningJson.Default.CodeSigningConfig)!));

    /// <summary>Makes the row what the configuration now is; null deletes it.</summary>
    public Task SaveAsync(string arn, CodeSigningConfig? config) => _database.WriteAsync(connection =>
    {
        if (config is null)
            connection.Execute("DELETE FROM code_signing_configs WHERE arn = $arn", ("$arn", arn));
        else
            connection.Execute(
                """
                INSERT INTO code_signing_configs (arn, document) VALUES ($arn, $document)
                ON CONFLICT (arn) DO UPDATE SET document = excluded.document
                """,
                ("$arn", arn), ("$document", JsonSerializer.Serialize(config, CodeSigningJson.Default.CodeSigningConfig)));
    });
}
