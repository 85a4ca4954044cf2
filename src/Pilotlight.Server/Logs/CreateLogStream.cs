using Pilotlight.Api;

namespace Pilotlight.Logs;

static class CreateLogStream
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store)
    {
        var input = new LogsInput(request);
        var (group, stream) = (input.GroupName(), input.StreamName());
        input.RefuseInvalid();
        return await store.CreateStreamAsync(input.Scope, group, stream) is { } refused ? refused : AwsResult.Empty(200);
    }
}
