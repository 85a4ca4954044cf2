using BenchmarkDotNet.Running;
using Pilotlight.Micro;

// dotnet run --project bench/micro -c Release -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(SignatureBenchmarks).Assembly).Run(args);
