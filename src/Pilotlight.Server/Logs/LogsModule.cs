namespace Pilotlight.Logs;

/// <summary>CloudWatch Logs: where functions' output goes, and the API that reads it.</summary>
public static class LogsModule
{
    extension(IServiceCollection services)
    {
        /// <summary>Call before the slices whose environments write logs: hosted services stop in reverse order, and this one stops last.</summary>
        public IServiceCollection AddLogs()
        {
            services.AddSingleton<LogStore>();
            services.AddSingleton<LogIngest>();
            services.AddHostedService(provider => provider.GetRequiredService<LogIngest>());
            return services;
        }
    }
}
