using Pilotlight.Api;

namespace Pilotlight.Logs;

static class UntagResource
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var arn = input.Required("resourceArn", input.Text("resourceArn", 1, 1011));
        var keys = input.Required("tagKeys", input.Texts("tagKeys", LogsInput.MaxTags));
        input.RefuseInvalid();
        if (input.Scope.GroupName(arn) is not { } name)
            return LogsErrors.NoSuchGroup;
        return await store.UntagGroupAsync(input.Scope, name, keys) is { } refused ? refused : AwsResult.Empty(200);
    }
}
