using Pilotlight.Api;

namespace Pilotlight.Functions;

public static partial class FunctionsModule
{
    extension(WebApplication app)
    {
        void MapTags()
        {
            var kinds = app.Services.GetRequiredService<TaggedKinds>();

            Map("POST", "TagResource", TagResource.Model, request => TagResource.Handle(request, kinds));
            Map("DELETE", "UntagResource", UntagResource.Model, request => UntagResource.Handle(request, kinds));
            Map("GET", "ListTags", ListTags.Model, request => ListTags.Handle(request, kinds));

            void Map(string method, string name, OperationModel model, Func<AwsRequest, ValueTask<AwsResult>> handle) =>
                app.MapRest(AwsService.Lambda, method, "/2017-03-31/tags/{Resource}", name, handle)
                    .Requires($"lambda:{name}", request => request.Path("Resource")).Validates(model.Validate);
        }
    }
}
