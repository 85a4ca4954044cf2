using Pilotlight.Api;

namespace Pilotlight.Logs;

static class TagResource
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var arn = input.Required("resourceArn", input.Text("resourceArn", 1, 1011));
        var tags = input.Required("tags", input.Tags("tags"));
        input.RefuseInvalid();
        if (input.Scope.GroupName(arn) is not { } name)
            return LogsErrors.NoSuchGroup;
        return await store.TagGroupAsync(input.Scope, name, tags, LogsErrors.TooManyTags) is { } refused ? refused : AwsResult.Empty(200);
    }
}
