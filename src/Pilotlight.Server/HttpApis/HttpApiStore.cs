using System.Text.Json;
using Pilotlight.Storage;

namespace Pilotlight.HttpApis;

/// <summary>The SQL of HTTP APIs: one row each, a document; all questions are answered from memory.</summary>
sealed class HttpApiStore
{
    readonly Database _database;

    public HttpApiStore(Database database)
    {
        _database = database;
        database.Migrate("http-apis", "CREATE TABLE http_apis (id TEXT NOT NULL PRIMARY KEY, document TEXT NOT NULL)");
    }

    public IReadOnlyList<HttpApi> Load() => _database.Read(connection => connection.Query(
        "SELECT document FROM http_apis", row => JsonSerializer.Deserialize(row.GetString(0), HttpApisJson.Default.HttpApi)!));

    public Task SaveAsync(HttpApi api) => _database.WriteAsync(connection => connection.Execute(
        "INSERT INTO http_apis (id, document) VALUES ($id, $document) ON CONFLICT (id) DO UPDATE SET document = excluded.document",
        ("$id", api.ApiId), ("$document", JsonSerializer.Serialize(api, HttpApisJson.Default.HttpApi))));

    public Task DeleteAsync(string id) => _database.WriteAsync(connection => connection.Execute("DELETE FROM http_apis WHERE id = $id", ("$id", id)));

    public Task EraseAsync() => _database.WriteAsync(connection => connection.Execute("DELETE FROM http_apis"));
}
