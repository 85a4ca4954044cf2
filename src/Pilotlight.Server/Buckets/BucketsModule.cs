using Pilotlight.Api;
using Pilotlight.Authorization;
using Pilotlight.Storage;
using Pilotlight.Targets;

namespace Pilotlight.Buckets;

/// <summary>S3.</summary>
public static class BucketsModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddBuckets()
        {
            services.AddSingleton<NotificationSignal>().AddSingleton<LifecycleSignal>().AddSingleton<ObjectFiles>().AddSingleton<BodyIntake>().AddSingleton<BucketStore>();
            services.AddSingleton<ObjectReader>().AddSingleton<BucketServices>().AddSingleton<BucketRoutes>().AddSingleton<BucketEndpoint>();
            services.AddSingleton<IJudgedResource, JudgedBucket>();
            services.AddSingleton<IErasable>(static provider => provider.GetRequiredService<BucketStore>());
            services.AddSingleton<ITarget>(static provider => new BucketTarget(provider.GetRequiredService<BucketServices>));
            services.AddSingleton<NotificationDispatcher>().AddHostedService(static provider => provider.GetRequiredService<NotificationDispatcher>());
            services.AddSingleton<LifecycleSupervisor>().AddHostedService(static provider => provider.GetRequiredService<LifecycleSupervisor>());
            services.AddSingleton<IMetricSource, BucketMetrics>();
            return services;
        }
    }

    extension(WebApplication app)
    {
        /// <summary>Before routing: what a request to S3 means stands in its host name, its signature and its query.</summary>
        public void UseBuckets()
        {
            var endpoint = app.Services.GetRequiredService<BucketEndpoint>();
            app.Use(next => http => endpoint.RouteAsync(http, next));
        }

        public void MapBuckets()
        {
            var services = app.Services.GetRequiredService<BucketServices>();
            var routes = app.Services.GetRequiredService<BucketRoutes>();
            var registry = app.Services.GetRequiredService<OperationRegistry>();

            routes.OnService("GET", New("ListBuckets", ListBuckets.Handle)).Requires("s3:ListAllMyBuckets", static _ => "arn:aws:s3:::*");
            MapBucket();
            MapSettings();
            MapObjects();
            MapUploads();

            void MapBucket()
            {
                routes.OnBucket("PUT", "", New("CreateBucket", CreateBucket.Handle)).RequiresOfEach("s3:CreateBucket");
                OnBucket("HEAD", "", "HeadBucket", HeadBucket.Handle, "s3:ListBucket");
                OnBucket("DELETE", "", "DeleteBucket", DeleteBucket.Handle, "s3:DeleteBucket");
                OnBucket("GET", "location", "GetBucketLocation", GetBucketLocation.Handle, "s3:GetBucketLocation");
                OnBucket("GET", "", "ListObjects", ListObjects.Handle, "s3:ListBucket");
                OnBucket("GET", "list-type=2", "ListObjectsV2", ListObjectsV2.Handle, "s3:ListBucket");
                OnBucket("GET", "versions", "ListObjectVersions", ListObjectVersions.Handle, "s3:ListBucketVersions");
                OnBucket("GET", "uploads", "ListMultipartUploads", ListMultipartUploads.Handle, "s3:ListBucketMultipartUploads");
                routes.OnBucket("POST", "delete", New("DeleteObjects", DeleteObjects.Handle)).RequiresOfEach("s3:DeleteObject")
                    .LimitsBody(DeleteObjects.MaxBodyBytes, static () => BucketErrors.MalformedXml);
            }

            void MapSettings()
            {
                Setting("versioning", "BucketVersioning", "s3:{0}BucketVersioning", GetBucketVersioning.Handle, PutBucketVersioning.Handle);
                Setting("tagging", "BucketTagging", "s3:{0}BucketTagging", GetBucketTagging.Handle, PutBucketTagging.Handle,
                    static settings => settings with { Tags = new Dictionary<string, string>() }, deletesByPut: true);
                Setting("policy", "BucketPolicy", "s3:{0}BucketPolicy", GetBucketPolicy.Handle, PutBucketPolicy.Handle, static settings => settings with { Policy = null });
                OnBucket("GET", "policyStatus", "GetBucketPolicyStatus", GetBucketPolicyStatus.Handle, "s3:GetBucketPolicyStatus");
                Setting("publicAccessBlock", "PublicAccessBlock", "s3:{0}BucketPublicAccessBlock",
                    GetPublicAccessBlock.Handle, PutPublicAccessBlock.Handle, static settings => settings with { PublicAccess = null }, deletesByPut: true);
                Setting("ownershipControls", "BucketOwnershipControls", "s3:{0}BucketOwnershipControls",
                    GetBucketOwnershipControls.Handle, PutBucketOwnershipControls.Handle, static settings => settings with { Ownership = null }, deletesByPut: true);
                Setting("acl", "BucketAcl", "s3:{0}BucketAcl", GetBucketAcl.Handle, PutBucketAcl.Handle);
                Setting("notification", "BucketNotificationConfiguration", "s3:{0}BucketNotification",
                    GetBucketNotificationConfiguration.Handle, PutBucketNotificationConfiguration.Handle);
                Setting("encryption", "BucketEncryption", "s3:{0}EncryptionConfiguration",
                    StoredConfigurations.GetEncryption, StoredConfigurations.PutEncryption, static settings => settings with { Encryption = null }, deletesByPut: true);
                Setting("cors", "BucketCors", "s3:{0}BucketCORS", BucketCors.Get, BucketCors.Put, static settings => settings with { Cors = null }, deletesByPut: true);
                Setting("lifecycle", "BucketLifecycleConfiguration", "s3:{0}LifecycleConfiguration",
                    GetBucketLifecycleConfiguration.Handle, PutBucketLifecycleConfiguration.Handle);
                OnBucket("DELETE", "lifecycle", "DeleteBucketLifecycle", Clears(static settings => settings with { Lifecycle = null }), "s3:PutLifecycleConfiguration");
                OnBucket("GET", "accelerate", "GetBucketAccelerateConfiguration", ReadOnlyConfigurations.Accelerate, "s3:GetAccelerateConfiguration");
                OnBucket("GET", "logging", "GetBucketLogging", ReadOnlyConfigurations.Logging, "s3:GetBucketLogging");
                OnBucket("GET", "requestPayment", "GetBucketRequestPayment", ReadOnlyConfigurations.RequestPayment, "s3:GetBucketRequestPayment");
                OnBucket("GET", "website", "GetBucketWebsite", ReadOnlyConfigurations.Website, "s3:GetBucketWebsite");
                OnBucket("GET", "replication", "GetBucketReplication", ReadOnlyConfigurations.Replication, "s3:GetReplicationConfiguration");
                OnBucket("GET", "object-lock", "GetObjectLockConfiguration", ReadOnlyConfigurations.ObjectLock, "s3:GetBucketObjectLockConfiguration");
            }

            void MapObjects()
            {
                OnObject("PUT", "", "PutObject", PutObject.Handle, "s3:PutObject").AlsoRequires("s3:PutObjectTagging", WhenTagged).StreamsItsBody();
                OnObject("PUT", "copy", "CopyObject", CopyObject.Handle, "s3:PutObject").AlsoRequires("s3:GetObject", static r => CopySource.ArnOf(r, ofVersion: false))
                    .AlsoRequires("s3:GetObjectVersion", static r => CopySource.ArnOf(r, ofVersion: true)).AlsoRequires("s3:PutObjectTagging", WhenTagged);
                OnObject("GET", "", "GetObject", GetObject.Handle, "s3:GetObject", "s3:GetObjectVersion");
                OnObject("HEAD", "", "HeadObject", GetObject.Handle, "s3:GetObject", "s3:GetObjectVersion");
                OnObject("DELETE", "", "DeleteObject", DeleteObject.Handle, "s3:DeleteObject", "s3:DeleteObjectVersion");
                OnObject("GET", "attributes", "GetObjectAttributes", GetObjectAttributes.Handle, "s3:GetObject", "s3:GetObjectVersion")
                    .AlsoRequires("s3:GetObjectAttributes", static r => HasVersion(r) ? null : r.Address.ObjectArn)
                    .AlsoRequires("s3:GetObjectVersionAttributes", static r => HasVersion(r) ? r.Address.ObjectArn : null);
                OnObject("GET", "acl", "GetObjectAcl", GetBucketAcl.Handle, "s3:GetObjectAcl", "s3:GetObjectVersionAcl");
                OnObject("GET", "tagging", "GetObjectTagging", GetObjectTagging.Handle, "s3:GetObjectTagging", "s3:GetObjectVersionTagging");
                OnObject("PUT", "tagging", "PutObjectTagging", PutObjectTagging.Handle, "s3:PutObjectTagging", "s3:PutObjectVersionTagging");
                OnObject("DELETE", "tagging", "DeleteObjectTagging", DeleteObjectTagging.Handle, "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging");
            }

            void MapUploads()
            {
                OnObject("POST", "uploads", "CreateMultipartUpload", CreateMultipartUpload.Handle, "s3:PutObject").AlsoRequires("s3:PutObjectTagging", WhenTagged);
                OnObject("PUT", "uploadId", "UploadPart", UploadPartOperation.Handle, "s3:PutObject").StreamsItsBody();
                OnObject("PUT", "uploadId+copy", "UploadPartCopy", UploadPartCopy.Handle, "s3:PutObject")
                    .AlsoRequires("s3:GetObject", static r => CopySource.ArnOf(r, ofVersion: false))
                    .AlsoRequires("s3:GetObjectVersion", static r => CopySource.ArnOf(r, ofVersion: true));
                OnObject("POST", "uploadId", "CompleteMultipartUpload", CompleteMultipartUpload.Handle, "s3:PutObject")
                    .LimitsBody(CompleteMultipartUpload.MaxBodyBytes, static () => BucketErrors.MalformedXml);
                OnObject("DELETE", "uploadId", "AbortMultipartUpload", AbortMultipartUpload.Handle, "s3:AbortMultipartUpload");
                OnObject("GET", "uploadId", "ListParts", ListParts.Handle, "s3:ListMultipartUploadParts");
            }

            AwsOperation New(string name, Func<AwsRequest, BucketServices, ValueTask<AwsResult>> handle) =>
                registry.Add(new AwsOperation(AwsService.S3, name, request => handle(request, services))).AcceptsAnonymous()
                    .WithConditions((request, key) => BucketConditions.Find(request, key, services.Store));

            AwsOperation OnBucket(string method, string word, string name, Func<AwsRequest, BucketServices, ValueTask<AwsResult>> handle, string action) =>
                routes.OnBucket(method, word, New(name, handle)).Requires(action, static request => request.Address.BucketArn);

            AwsOperation OnObject(
                string method, string word, string name, Func<AwsRequest, BucketServices, ValueTask<AwsResult>> handle, string action, string? ofVersion = null)
            {
                var operation = routes.OnObject(method, word, New(name, handle)).Requires(action, static request => request.Address.ObjectArn);
                return ofVersion is null ? operation : operation.RequiresInstead(ofVersion, HasVersion);
            }

            void Setting(
                string word, string name, string action, Func<AwsRequest, BucketServices, ValueTask<AwsResult>> get,
                Func<AwsRequest, BucketServices, ValueTask<AwsResult>> put, Func<BucketSettings, BucketSettings>? clear = null, bool deletesByPut = false)
            {
                OnBucket("GET", word, "Get" + name, get, Action("Get"));
                OnBucket("PUT", word, "Put" + name, put, Action("Put"));
                if (clear is not null)
                    OnBucket("DELETE", word, "Delete" + name, Clears(clear), Action(deletesByPut ? "Put" : "Delete"));

                string Action(string verb) => action.Replace("{0}", verb, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Deletes a setting: the bucket is as if it had never been put.</summary>
    static Func<AwsRequest, BucketServices, ValueTask<AwsResult>> Clears(Func<BucketSettings, BucketSettings> clear) => async (request, services) =>
    {
        await services.Store.ChangeAsync(services.Store.Get(request.Address.Bucket), clear);
        return AwsResult.Empty(204);
    };

    static bool HasVersion(AwsRequest request) => request.Query("versionId") is not null;

    static string? WhenTagged(AwsRequest request) => request.GivenHeader("x-amz-tagging") is null ? null : request.Address.ObjectArn;
}
