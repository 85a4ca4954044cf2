using Pilotlight.Api;

namespace Pilotlight.Queues;

static class GetQueueAttributes
{
    public static ValueTask<AwsResult> Handle(SqsCall call)
    {
        var shown = QueueAttributes.Show(call.Queue, call.Input.Texts("AttributeNames", "AttributeName"));
        return call.Answer(answer => answer.Map("Attributes", "Attribute", shown));
    }
}
