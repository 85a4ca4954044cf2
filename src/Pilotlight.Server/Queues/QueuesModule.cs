using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Storage;
using Pilotlight.Targets;

namespace Pilotlight.Queues;

/// <summary>SQS: each operation in both of its protocols.</summary>
public static class QueuesModule
{
    /// <summary>A message of 1 MiB may be longer as JSON (six bytes for a control character) or in a form (three for a byte).</summary>
    const long MaxBodyBytes = 8 * 1024 * 1024;

    extension(IServiceCollection services)
    {
        public IServiceCollection AddQueues()
        {
            services.AddSingleton<QueueStore>().AddSingleton<MessageStore>();
            services.AddSingleton(static provider => new QueueCatalog(
                provider.GetRequiredService<QueueStore>(), provider.GetRequiredService<MessageStore>(), provider.GetRequiredService<TimeProvider>()));
            services.AddHostedService<QueueSupervisor>();
            services.AddSingleton<MoveTasks>().AddHostedService(static provider => provider.GetRequiredService<MoveTasks>());
            services.AddSingleton<ITarget, QueueTarget>().AddSingleton<IJudgedResource, JudgedQueue>().AddSingleton<IMetricSource, QueueMetrics>();
            services.AddSingleton<IErasable>(static provider => provider.GetRequiredService<MoveTasks>());
            services.AddSingleton<IErasable>(static provider => provider.GetRequiredService<QueueCatalog>());
            return services;
        }
    }

    extension(WebApplication app)
    {
        public void MapQueues()
        {
            var catalog = app.Services.GetRequiredService<QueueCatalog>();
            var tasks = app.Services.GetRequiredService<MoveTasks>();
            var time = app.Services.GetRequiredService<TimeProvider>();

            Map("CreateQueue", call => CreateQueue.Handle(call, time), OfName)
                .ForEach(operation => operation.AlsoRequires("sqs:TagQueue", request => SqsInput.Of(request).Map("tags", "Tag", "Key").Count > 0 ? OfName(request) : null));
            OpenTo("GetQueueUrl", GetQueueUrl.Handle, request => GetQueueUrl.KeyOf(new SqsCall(request, catalog)).Arn);
            Map("ListQueues", ListQueues.Handle, static request => new QueueKey(request.AccountId, request.Region, "*").Arn);
            Map("DeleteQueue", DeleteQueue.Handle, OfOwnUrl);
            OpenTo("GetQueueAttributes", GetQueueAttributes.Handle, OfUrl);
            Map("SetQueueAttributes", call => SetQueueAttributes.Handle(call, time), OfOwnUrl);
            OpenTo("PurgeQueue", PurgeQueue.Handle, OfUrl);
            Map("TagQueue", TagQueue.Handle, OfOwnUrl);
            Map("UntagQueue", UntagQueue.Handle, OfOwnUrl);
            Map("ListQueueTags", ListQueueTags.Handle, OfOwnUrl);
            Map("AddPermission", call => AddPermission.Handle(call, time), OfOwnUrl);
            Map("RemovePermission", call => RemovePermission.Handle(call, time), OfOwnUrl);
            OpenTo("ListDeadLetterSourceQueues", ListDeadLetterSourceQueues.Handle, OfUrl);

            OpenTo("SendMessage", SendMessage.Handle, OfUrl);
            OpenTo("SendMessageBatch", SendMessageBatch.Handle, OfUrl, "SendMessage");
            OpenTo("ReceiveMessage", ReceiveMessage.Handle, OfUrl);
            OpenTo("DeleteMessage", DeleteMessage.Handle, OfUrl);
            OpenTo("DeleteMessageBatch", DeleteMessageBatch.Handle, OfUrl, "DeleteMessage");
            OpenTo("ChangeMessageVisibility", ChangeMessageVisibility.Handle, OfUrl);
            OpenTo("ChangeMessageVisibilityBatch", ChangeMessageVisibilityBatch.Handle, OfUrl, "ChangeMessageVisibility");

            Map("StartMessageMoveTask", call => StartMessageMoveTask.Handle(call, tasks), OfSource).ForEach(static operation => operation
                .AlsoRequires("sqs:ReceiveMessage", OfSource).AlsoRequires("sqs:DeleteMessage", OfSource).AlsoRequires("sqs:GetQueueAttributes", OfSource)
                .AlsoRequires("sqs:SendMessage", static request => SqsInput.Of(request).Text("DestinationArn") is { Length: > 0 } target ? target : null));
            Map("CancelMessageMoveTask", call => CancelMessageMoveTask.Handle(call, tasks), static request =>
                Own(request, MoveTaskHandle.Read(SqsInput.Of(request).Required("TaskHandle")).SourceArn));
            Map("ListMessageMoveTasks", call => ListMessageMoveTasks.Handle(call, tasks), OfSource);

            // Whatever a queue's policy may allow another account, it may allow everybody, who need not sign.
            void OpenTo(string name, Func<SqsCall, ValueTask<AwsResult>> handle, Func<AwsRequest, string> resource, string? action = null) =>
                Map(name, handle, resource, action).ForEach(static operation => operation.AcceptsAnonymous());

            List<AwsOperation> Map(string name, Func<SqsCall, ValueTask<AwsResult>> handle, Func<AwsRequest, string> resource, string? action = null)
            {
                List<AwsOperation> operations = [];
                foreach (var service in new[] { AwsService.Sqs, AwsService.SqsQuery })
                {
                    operations.Add(app.MapRpc(service, name, request => AnswerAsync(request, catalog, handle))
                        .Requires($"sqs:{action ?? name}", resource)
                        .Validates(request => Refusal(request, resource))
                        .LimitsBody(MaxBodyBytes));
                }

                return operations;
            }
        }
    }

    static async ValueTask<AwsResult> AnswerAsync(AwsRequest request, QueueCatalog catalog, Func<SqsCall, ValueTask<AwsResult>> handle)
    {
        try
        {
            var result = await handle(new SqsCall(request, catalog));
            return result.Error is { } error ? SqsCall.Word(request, error) : result;
        }
        catch (AwsException refused)
        {
            return SqsCall.Word(request, refused.Error);
        }
    }

    /// <summary>Before authorization: what names no resource cannot be judged.</summary>
    static AwsError? Refusal(AwsRequest request, Func<AwsRequest, string> resource)
    {
        try
        {
            resource(request);
            return null;
        }
        catch (AwsException refused)
        {
            return refused.Error;
        }
    }

    static string OfName(AwsRequest request) => new QueueKey(request.AccountId, request.Region, SqsInput.Of(request).Required("QueueName")).Arn;

    static string OfUrl(AwsRequest request) => SqsCall.KeyOf(request, SqsInput.Of(request)).Arn;

    /// <summary>Operations that AWS lets nobody call on another account's queue, whatever its policy says.</summary>
    static string OfOwnUrl(AwsRequest request) => Own(request, OfUrl(request));

    static string OfSource(AwsRequest request) => Own(request, SqsInput.Of(request).Required("SourceArn"));

    static string Own(AwsRequest request, string arn)
    {
        if (QueueKey.OfArn(arn) is not { } key)
            throw SqsErrors.InvalidParameter("You must use this format to specify the SourceArn: arn:<partition>:<service>:<region>:<account-id>:<resource-id>").AsException();
        return key.AccountId == request.AccountId
            ? arn
            : throw AwsService.Sqs.AnonymousRefusal!(arn).AsException();
    }
}
