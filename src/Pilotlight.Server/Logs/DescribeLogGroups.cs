using System.Buffers.Text;
using System.Text;
using Pilotlight.Api;

namespace Pilotlight.Logs;

static class DescribeLogGroups
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store, LogIngest ingest)
    {
        var input = new LogsInput(request);
        var prefix = input.OptionalGroupName("logGroupNamePrefix");
        var pattern = input.Text("logGroupNamePattern", 0, 512);
        var @class = input.Choice("logGroupClass", "STANDARD", "INFREQUENT_ACCESS", "DELIVERY");
        var limit = (int)(input.Number("limit", 1, 50) ?? 50);
        var token = input.Text("nextToken", 1, 4096);
        var identifiers = input.Texts("logGroupIdentifiers", 50);
        input.RefuseInvalid();
        if (prefix is not null && pattern is not null)
            return LogsErrors.InvalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
        if (ReadToken(token) is not { } after)
            return LogsErrors.InvalidToken;

        await ingest.FlushAsync(request.Aborted);
        if (identifiers is not null)
            return Answer(input.Scope, [.. identifiers.Select(input.Scope.GroupName).OfType<string>().Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal).Select(name => store.FindGroup(input.Scope, name)).OfType<LogGroup>()], null);
        var query = new LogGroupQuery { After = after, Prefix = prefix, Pattern = pattern is "" ? null : pattern, Class = @class };
        var groups = store.ListGroups(input.Scope, query, limit + 1);
        if (groups.Count <= limit)
            return Answer(input.Scope, groups, null);
        groups.RemoveAt(limit);
        return Answer(input.Scope, groups, Base64Url.EncodeToString(Encoding.UTF8.GetBytes(groups[^1].Name)));
    }

    static AwsResult Answer(LogScope scope, IReadOnlyList<LogGroup> groups, string? next) =>
        AwsResult.Json(new LogGroupsOutput([.. groups.Select(group => Output(scope, group))], next), LogsJson.Default.LogGroupsOutput);

    static LogGroupOutput Output(LogScope scope, LogGroup group) => new(
        group.Name, group.CreatedMilliseconds, group.RetentionDays, 0, scope.GroupArn(group.Name) + ":*", group.StoredBytes, group.KmsKeyId,
        group.Class, scope.GroupArn(group.Name));

    /// <summary>The name after which the page begins; null for a token that is none of ours.</summary>
    static string? ReadToken(string? token)
    {
        if (token is null)
            return "";
        return Base64Url.IsValid(token) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)) : null;
    }
}
