Console.WriteLine("cxr");
