using Pilotlight.Api;

namespace Pilotlight.Logs;

static class TagLogGroup
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var name = input.GroupName();
        var tags = input.Required("tags", input.Tags("tags"));
        input.RefuseInvalid();
        // This older operation has no TooManyTagsException.
        var tooMany = LogsErrors.InvalidParameter(LogsErrors.TooManyTags.Message);
        return await store.TagGroupAsync(input.Scope, name, tags, tooMany) is { } refused ? refused : AwsResult.Empty(200);
    }
}
