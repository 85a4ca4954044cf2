using Pilotlight.Api;

namespace Pilotlight.Logs;

static class UntagLogGroup
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var name = input.GroupName();
        var keys = input.Required("tags", input.Texts("tags", int.MaxValue));
        input.RefuseInvalid();
        return await store.UntagGroupAsync(input.Scope, name, keys) is { } refused ? refused : AwsResult.Empty(200);
    }
}
