namespace Pilotlight.Buckets;

/// <summary>S3.</summary>
public static class BucketsModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddBuckets() => services;
    }

    extension(WebApplication app)
    {
        public void MapBuckets()
        {
        }
    }
}
