using System.Text.Json.Serialization;
using Pilotlight.Api;

namespace Pilotlight.Identities;

sealed record CreateAccountRequest(string? AccountId, string? Name);

/// <summary>An account, with a root key when one was made: its secret is shown this once.</summary>
sealed record AccountResponse(string AccountId, string? Name, DateTimeOffset CreatedAt, string? AccessKeyId = null, string? SecretAccessKey = null)
{
    // The generated text would put the secret into whatever prints the record.
    public override string ToString() => AccountId;
}

sealed record ListAccountsResponse(IReadOnlyList<AccountResponse> Accounts);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CreateAccountRequest))]
[JsonSerializable(typeof(AccountResponse))]
[JsonSerializable(typeof(ListAccountsResponse))]
sealed partial class AccountsJson : JsonSerializerContext;

/// <summary><c>POST /_pilotlight/accounts</c>: an account and the key of its root.</summary>
static class CreateAccount
{
    const int MaxNameChars = 128;

    public static async ValueTask<AwsResult> Handle(AwsRequest request, AccountCatalog accounts, AccessKeyCatalog keys)
    {
        var (id, name) = request.Read(AccountsJson.Default.CreateAccountRequest);
        if (id is not null && !AccessKeyCatalog.IsAccountId(id))
            return AwsError.Validation("AccountId must be 12 digits.");
        if (name is { Length: 0 or > MaxNameChars })
            return AwsError.Validation($"Name must be between 1 and {MaxNameChars} characters long.");
        id ??= NewId(accounts);
        var settings = await accounts.ChangeAsync(id, change =>
        {
            if (accounts.Exists(id) || id == AccessKeyCatalog.FirstAccountId)
                throw AwsError.Conflict($"Account {id} already exists.").AsException();
            change.Set(change.Account.Settings with { Name = name });
            return change.Account.Settings;
        });
        var key = await keys.RootKeyOfAsync(id, request.Aborted);
        return AwsResult.Json(
            new AccountResponse(id, name, settings.CreatedAt, key.AccessKeyId, key.SecretAccessKey), AccountsJson.Default.AccountResponse, 201);
    }

    static string NewId(AccountCatalog accounts)
    {
        string id;
        do
            id = Random.Shared.NextInt64(100_000_000_000, 1_000_000_000_000).ToString("D12");
        while (accounts.Exists(id));
        return id;
    }
}

/// <summary><c>POST /_pilotlight/accounts/{AccountId}/keys</c>: one more root key for an account, should its own be lost.</summary>
static class CreateRootKey
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, AccountCatalog accounts, AccessKeyCatalog keys)
    {
        var id = request.Path("AccountId");
        if (!accounts.Exists(id) && id != AccessKeyCatalog.FirstAccountId)
            return AwsError.NotFound($"Account {id} does not exist.");
        var key = await keys.AddRootKeyAsync(id, request.Aborted);
        var settings = accounts.Find(id).Settings;
        return AwsResult.Json(
            new AccountResponse(id, settings.Name, settings.CreatedAt, key.AccessKeyId, key.SecretAccessKey), AccountsJson.Default.AccountResponse, 201);
    }
}

/// <summary><c>GET /_pilotlight/accounts</c></summary>
static class ListAccounts
{
    /// <summary>The first account is there from the start, though nothing was kept in it yet.</summary>
    public static ValueTask<AwsResult> Handle(AccountCatalog accounts)
    {
        var settings = accounts.All().Select(account => account.Settings).ToList();
        if (!accounts.Exists(AccessKeyCatalog.FirstAccountId))
            settings.Insert(0, accounts.Find(AccessKeyCatalog.FirstAccountId).Settings);
        return AwsResult.Json(
            new ListAccountsResponse([.. settings.Select(each => new AccountResponse(each.Id, each.Name, each.CreatedAt))]),
            AccountsJson.Default.ListAccountsResponse);
    }
}
