namespace Pilotlight.Urls;

public static class UrlsModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddFunctionUrls() =>
            services.AddSingleton<UrlServices>().AddSingleton<SignedDoor>().AddSingleton<UrlAccess>().AddSingleton<UrlEndpoint>();
    }

    extension(WebApplication app)
    {
        /// <summary>Before routing: a URL's paths are its function's, whatever the API has there.</summary>
        public void UseFunctionUrls()
        {
            var endpoint = app.Services.GetRequiredService<UrlEndpoint>();
            app.Use(next => http => UrlAddress.Of(http.Request) is { } address ? endpoint.ServeAsync(http, address) : next(http));
        }
    }
}
