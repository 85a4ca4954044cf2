using System.Globalization;
using Pilotlight.Api;

namespace Pilotlight.EventSources;

/// <summary>Queues of SQS, standard and FIFO, on this platform or elsewhere.</summary>
sealed class SqsSource(IQueueSource queues, ProcessorRoom room, ILogger<SqsPoller> log) : IEventSource
{
    public IReadOnlyList<string> Actions { get; } = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

    public bool Serves(EventSourceKind kind) => kind.IsQueue;

    public AwsError RoleRefused(string action) => AwsError.InvalidParameter(
        $"The provided execution role does not have permissions to call {action.AsSpan("sqs:".Length)} on SQS");

    public async ValueTask<AwsError?> RefuseAsync(SourceUse use, CancellationToken cancellation)
    {
        try
        {
            if (await queues.OpenAsync(use.Source.EventSourceArn!, cancellation) is not { } queue)
                return AwsError.InvalidParameter(
                    "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
                    + "SQS Error Message: The specified queue does not exist.");
            var visibility = await queue.VisibilityTimeoutAsync(cancellation);
            return visibility < TimeSpan.FromSeconds(use.Function.TimeoutSeconds)
                ? AwsError.InvalidParameter(string.Create(CultureInfo.InvariantCulture,
                    $"Queue visibility timeout: {visibility.TotalSeconds:0} seconds is less than Function timeout: {use.Function.TimeoutSeconds} seconds"))
                : null;
        }
        catch (SourceUnavailableException unavailable)
        {
            return AwsError.InvalidParameter($"Error occurred while ReceiveMessage. {unavailable.Message}");
        }
    }

    public IPoller Open(MappingRun run) => new Opening(run, queues, room, log);

    /// <summary>The queue is looked for when polling begins: it may have been made, or made anew, since.</summary>
    sealed class Opening(MappingRun run, IQueueSource queues, ProcessorRoom room, ILogger log) : IPoller
    {
        public async Task RunAsync(CancellationToken stopping)
        {
            var queue = await queues.OpenAsync(run.SourceArn!, stopping) ?? throw new SourceUnavailableException("The queue does not exist");
            await new SqsPoller(run, queue, room, log).RunAsync(stopping);
        }
    }
}
