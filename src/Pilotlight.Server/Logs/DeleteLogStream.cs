using Pilotlight.Api;

namespace Pilotlight.Logs;

static class DeleteLogStream
{
    public static async ValueTask<AwsResult> Handle(AwsRequest request, LogStore store, LogIngest ingest)
    {
        var input = new LogsInput(request);
        var (group, stream) = (input.GroupName(), input.StreamName());
        input.RefuseInvalid();
        await ingest.FlushAsync(request.Aborted);
        return await store.DeleteStreamAsync(input.Scope, group, stream) is { } refused ? refused : AwsResult.Empty(200);
    }
}
