using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Storage;
using Pilotlight.Targets;

namespace Pilotlight.Topics;

/// <summary>SNS.</summary>
public static class TopicsModule
{
    extension(IServiceCollection services)
    {
        /// <param name="loopback">The platform is bound to it: nobody but this machine's own users can subscribe an endpoint.</param>
        public IServiceCollection AddTopics(TopicsOptions options, bool loopback)
        {
            var anywhere = options.Endpoints switch
            {
                "any" => true,
                "public" => false,
                "auto" => loopback,
                var other => throw new InvalidOperationException($"Topics:Endpoints is '{other}'; it is any, public or auto."),
            };
            services.AddSingleton(options).AddSingleton<TopicMeter>().AddSingleton<TopicStore>().AddSingleton<TopicCatalog>().AddSingleton<DeliveryStore>();
            services.AddSingleton<DeliverySettings>().AddSingleton<FifoMemory>().AddSingleton<MessageSigner>().AddSingleton<MessageTexts>();
            services.AddSingleton(provider => new HttpEndpoints(provider.GetRequiredService<DeliverySettings>(), anywhere));
            services.AddSingleton<EndpointSender>().AddSingleton<DeliverySupervisor>().AddSingleton<Publisher>();
            services.AddSingleton<TopicMemory>().AddSingleton<TopicServices>().AddSingleton<SubscriptionReaper>();
            services.AddHostedService(static provider => provider.GetRequiredService<DeliverySupervisor>());
            services.AddHostedService(static provider => provider.GetRequiredService<SubscriptionReaper>());
            services.AddSingleton<ITarget, TopicTarget>().AddSingleton<IJudgedResource, JudgedTopic>().AddSingleton<IErasable, TopicsErasure>();
            return services.AddSingleton<IMetricSource>(static provider => provider.GetRequiredService<TopicMeter>());
        }
    }

    extension(WebApplication app)
    {
        public void MapTopics()
        {
            var services = app.Services.GetRequiredService<TopicServices>();
            Map("CreateTopic", CreateTopic.Handle).Requires("SNS:CreateTopic", static request => TopicArn.Of(request.Region, request.AccountId, Named(request, "Name")))
                .Validates(CreateTopic.Model.Validate);
            OnTopic("DeleteTopic", DeleteTopic.Handle).Validates(TopicShapes.Topic.Validate);
            Map("ListTopics", ListTopics.Handle).Requires("SNS:ListTopics");
            OnTopic("GetTopicAttributes", GetTopicAttributes.Handle).Validates(TopicShapes.Topic.Validate);
            OnTopic("SetTopicAttributes", SetTopicAttributes.Handle).Validates(SetTopicAttributes.Model.Validate);
            OnTopic("Subscribe", Subscribe.Handle).WithConditions(Subscribe.Conditions).Validates(Subscribe.Model.Validate);
            // Their handlers judge: who shows a token, or knows the ARN, needs no signature.
            Map("ConfirmSubscription", ConfirmSubscription.Handle).AcceptsAnonymous().RequiresNoPermission().Validates(ConfirmSubscription.Model.Validate);
            Map("Unsubscribe", Unsubscribe.Handle).AcceptsAnonymous().RequiresNoPermission().Validates(TopicShapes.Subscription.Validate);
            Map("ListSubscriptions", ListSubscriptions.Handle).Requires("SNS:ListSubscriptions");
            OnTopic("ListSubscriptionsByTopic", ListSubscriptions.HandleByTopic).Validates(TopicShapes.Topic.Validate);
            Map("GetSubscriptionAttributes", GetSubscriptionAttributes.Handle).Requires("SNS:GetSubscriptionAttributes").Validates(TopicShapes.Subscription.Validate);
            Map("SetSubscriptionAttributes", SetSubscriptionAttributes.Handle).Requires("SNS:SetSubscriptionAttributes")
                .Validates(SetSubscriptionAttributes.Model.Validate);
            Map("Publish", Publish.Handle).Requires("SNS:Publish", Publish.ResourceOf).AcceptsAnonymous().Validates(Publish.Model.Validate);
            Map("PublishBatch", PublishBatch.Handle).Requires("SNS:Publish", static request => Named(request, "TopicArn")).AcceptsAnonymous().Validates(TopicShapes.Topic.Validate);
            OnTopic("AddPermission", AddPermission.Handle).Validates(AddPermission.Model.Validate);
            OnTopic("RemovePermission", RemovePermission.Handle).Validates(RemovePermission.Model.Validate);
            OnResource("TagResource", TagResource.Handle).Validates(TagResource.Model.Validate);
            OnResource("UntagResource", UntagResource.Handle).Validates(UntagResource.Model.Validate);
            OnResource("ListTagsForResource", ListTagsForResource.Handle).Validates(TopicShapes.Resource.Validate);
            OnResource("GetDataProtectionPolicy", GetDataProtectionPolicy.Handle).Validates(TopicShapes.Resource.Validate);
            MapCertificate(app);

            AwsOperation Map(string name, Func<TopicRequest, ValueTask<AwsResult>> handle) =>
                app.MapRpc(AwsService.Sns, name, request => handle(new TopicRequest(request, services)));

            AwsOperation OnTopic(string name, Func<TopicRequest, ValueTask<AwsResult>> handle) =>
                Map(name, handle).Requires($"SNS:{name}", static request => Named(request, "TopicArn"));

            AwsOperation OnResource(string name, Func<TopicRequest, ValueTask<AwsResult>> handle) =>
                Map(name, handle).Requires($"SNS:{name}", static request => Named(request, "ResourceArn"));

            static string Named(AwsRequest request, string member) => request.Form.GetValueOrDefault(member) is { Length: > 0 } text ? text : "*";
        }
    }

    /// <summary>Whoever verifies a message fetches this, unsigned, as from AWS.</summary>
    static void MapCertificate(WebApplication app)
    {
        var signer = app.Services.GetRequiredService<MessageSigner>();
        app.MapGet("/_sns/SimpleNotificationService-{id}.pem", async (HttpContext http) =>
        {
            if (signer.Certificate(http.Request.RouteValues["id"]?.ToString() ?? "") is not { } certificate)
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            http.Response.ContentType = "application/x-pem-file";
            await http.Response.WriteAsync(certificate, http.RequestAborted);
        });
    }
}
