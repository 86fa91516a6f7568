using CxrAnnotate.Cli;

return await new CommandLine(new CascadeRuns(), Terminal.OfProcess()).RunAsync(args);
