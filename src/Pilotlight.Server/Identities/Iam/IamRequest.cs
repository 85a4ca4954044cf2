using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>What the operations of IAM work with.</summary>
sealed record IamServices(AccountCatalog Accounts, AccessKeyCatalog Keys, AccessKeyUses Uses, AwsManagedPolicies AwsPolicies, TimeProvider Time);

/// <summary>A request to IAM: the members of its form, the account as it is now, and the ways to change it and to answer.</summary>
sealed class IamRequest(AwsRequest request, IamServices services)
{
    const int DefaultPageSize = 100;

    public IamServices Services => services;

    public Caller Caller => request.Caller;

    public string AccountId => request.AccountId;

    public Account Account => services.Accounts.Find(request.AccountId);

    public DateTimeOffset Now => services.Time.GetUtcNow();

    /// <summary>A member that the model requires.</summary>
    public string this[string name] => request.Form[name];

    public string? Text(string name) => request.Form.GetValueOrDefault(name);

    public int? Number(string name) => Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    public bool? Flag(string name) => Text(name) is { } text ? bool.Parse(text) : null;

    public IReadOnlyList<string> Texts(string name) => ModelCheck.FormList(name, request.Form);

    /// <exception cref="AwsException">A key twice, in whatever case.</exception>
    public IReadOnlyList<Tag> Tags()
    {
        var tags = new List<Tag>();
        while (request.Form.TryGetValue($"Tags.member.{tags.Count + 1}.Key", out var key))
            tags.Add(new Tag(key, request.Form[$"Tags.member.{tags.Count + 1}.Value"]));
        TagRules.RefuseDuplicates(tags);
        return tags;
    }

    /// <summary>The managed policy of this ARN: the account's own, or one of AWS's.</summary>
    /// <exception cref="AwsException">The text is no ARN.</exception>
    public ManagedPolicy? FindPolicy(string arn) => FindPolicy(Account, arn);

    public ManagedPolicy? FindPolicy(Account account, string arn)
    {
        if (!arn.StartsWith("arn:", StringComparison.Ordinal))
            throw IamErrors.Validation("Invalid ARN:  Could not be parsed!").AsException();
        return services.AwsPolicies.Find(arn) ?? account.FindPolicy(arn);
    }

    /// <summary>Changes the account and answers without a result.</summary>
    public async ValueTask<AwsResult> ChangeAsync(Action<AccountChange> decide)
    {
        await services.Accounts.ChangeAsync(AccountId, decide);
        return Done();
    }

    /// <summary>Changes the account and answers with what became of it.</summary>
    public async ValueTask<AwsResult> ChangeAsync<T>(Func<AccountChange, T> decide, Action<QueryXml, T> members)
    {
        var result = await services.Accounts.ChangeAsync(AccountId, decide);
        return Answer(xml => members(xml, result));
    }

    public AwsResult Answer(Action<QueryXml> members) => QueryAnswer.Of(request, members);

    public AwsResult Done() => QueryAnswer.Done(request);

    /// <summary>One page of a list. The marker names the first item of the next page, so deleted items cost nobody a page.</summary>
    public AwsResult Page<T>(string name, IEnumerable<T> items, Func<T, string> key, Action<QueryXml, T> each, Action<QueryXml>? before = null)
    {
        var (page, next) = Page(items, key);
        return Answer(xml =>
        {
            before?.Invoke(xml);
            xml.List(name, page, each);
            xml.Flag("IsTruncated", next is not null);
            xml.Text("Marker", next);
        });
    }

    public (IReadOnlyList<T> Items, string? Next) Page<T>(IEnumerable<T> items, Func<T, string> key)
    {
        var size = Number("MaxItems") ?? DefaultPageSize;
        var start = Start();
        var page = items.OrderBy(key, StringComparer.OrdinalIgnoreCase)
            .SkipWhile(item => StringComparer.OrdinalIgnoreCase.Compare(key(item), start) < 0).Take(size + 1).ToList();
        return page.Count > size ? (page[..size], Base64Url.EncodeToString(Encoding.UTF8.GetBytes(key(page[size])))) : (page, null);
    }

    string Start()
    {
        if (Text("Marker") is not { } marker)
            return "";
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Base64Url.DecodeFromChars(marker));
        }
        catch (Exception malformed) when (malformed is FormatException or ArgumentException)
        {
            throw IamErrors.Validation("Invalid Marker.").AsException();
        }
    }
}
