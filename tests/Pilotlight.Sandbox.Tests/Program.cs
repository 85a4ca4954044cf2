using Pilotlight;
using Pilotlight.Sandbox.Tests;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

if (args is [SandboxHolder.Argument, var driver, var state, var disk])
    return await SandboxHolder.RunAsync(driver, state, disk);

return args.Any(argument => argument is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
