using Pilotlight.Api;

namespace Pilotlight.Queues;

static class ChangeMessageVisibility
{
    public static ValueTask<AwsResult> Handle(SqsCall call) =>
        Change(call.Queue, call.Input) is { } refused ? AwsResult.Refused(refused) : call.Done();

    /// <summary>As the input, or an entry of a batch, asks for.</summary>
    public static AwsError? Change(Queue queue, SqsInput input)
    {
        var handle = input.Required("ReceiptHandle");
        var seconds = input.Integer("VisibilityTimeout") ?? throw SqsErrors.Missing("VisibilityTimeout").AsException();
        return seconds is < 0 or > 43_200
            ? SqsErrors.InvalidParameter(seconds, "VisibilityTimeout", "Must be between 0 and 43200, if provided.")
            : queue.ChangeVisibility(handle, TimeSpan.FromSeconds(seconds));
    }
}
