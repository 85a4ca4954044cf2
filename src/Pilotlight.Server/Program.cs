using Pilotlight;
using Pilotlight.Cli;

return await CliRoot.RunAsync(args, HostedPlatform.CliHost);
