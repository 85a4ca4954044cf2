using System.Buffers;
using Pilotlight.Api;

namespace Pilotlight.Identities;

/// <summary>Which account an access key id belongs to. As at AWS, the id need not be a key that exists.</summary>
sealed class GetAccessKeyInfo(AccessKeyCatalog keys)
{
    static readonly SearchValues<char> WordCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    public ValueTask<AwsResult> Handle(AwsRequest request)
    {
        if (!request.Form.TryGetValue("AccessKeyId", out var id))
            return Invalid("Value null at 'accessKeyId' failed to satisfy constraint: Member must not be null");
        var account = keys.TryFind(id)?.Caller.AccountId ?? AccessKeyId.TryReadAccount(id);
        if (account is not null)
            return QueryAnswer.Of(request, ("Account", account));
        if (id.Length < 16)
            return Invalid($"Value '{id}' at 'accessKeyId' failed to satisfy constraint: Member must have length greater than or equal to 16");
        if (id.Length > 128)
            return Invalid($"Value '{id}' at 'accessKeyId' failed to satisfy constraint: Member must have length less than or equal to 128");
        if (id.AsSpan().ContainsAnyExcept(WordCharacters))
            return Invalid($"Value '{id}' at 'accessKeyId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w]*");
        return (AwsResult)new AwsError(400, "ValidationError", "The access key id does not name an account.");
    }

    static ValueTask<AwsResult> Invalid(string text) => (AwsResult)new AwsError(400, "ValidationError", "1 validation error detected: " + text);
}
