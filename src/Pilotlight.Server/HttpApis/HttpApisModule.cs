namespace Pilotlight.HttpApis;

/// <summary>HTTP APIs (API Gateway v2).</summary>
public static class HttpApisModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddHttpApis() => services;
    }

    extension(WebApplication app)
    {
        public void MapHttpApis()
        {
        }
    }
}
