using System.Text;

namespace Pilotlight.Queues;

/// <summary>Pages of queue URLs; a token names the last one that was shown.</summary>
static class QueuePage
{
    const int Most = 1000;

    /// <param name="urls">Sorted.</param>
    /// <exception cref="Api.AwsException">A size or a token is none.</exception>
    public static (List<string> Page, string? NextToken) Of(SqsInput input, IEnumerable<string> urls)
    {
        var size = input.Integer("MaxResults");
        if (size is < 1 or > Most)
            throw SqsErrors.InvalidParameter(size, "MaxResults", $"MaxResults must be an integer between 1 and {Most}.").AsException();
        if (input.Text("NextToken") is { Length: > 0 } token)
        {
            var last = Decode(token) ?? throw SqsErrors.InvalidParameter("Invalid or expired next token.").AsException();
            // Only the path: the same queue may be asked for under another host name.
            urls = urls.SkipWhile(url => string.CompareOrdinal(new Uri(url).AbsolutePath, last) <= 0);
        }

        var page = urls.Take((size ?? Most) + 1).ToList();
        if (page.Count <= (size ?? Most))
            return (page, null);
        page.RemoveAt(page.Count - 1);
        return (page, size is null ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes(new Uri(page[^1]).AbsolutePath)));
    }

    static string? Decode(string token)
    {
        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var length) && Encoding.UTF8.GetString(bytes, 0, length) is { Length: > 1 } path && path[0] == '/'
            ? path
            : null;
    }
}
