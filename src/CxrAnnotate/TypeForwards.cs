using System.Runtime.CompilerServices;
using CxrAnnotate;

// Types that moved from CxrAnnotate.dll to other assemblies: programs compiled against it still find them.

// The compiler generates Equals and ToString of a record struct without nullability; the list of the type's own assembly has them, too.
#pragma warning disable RS0041

[assembly: TypeForwardedTo(typeof(AnnotatedRadiograph))]
[assembly: TypeForwardedTo(typeof(AnnotationCandidate))]
[assembly: TypeForwardedTo(typeof(AnnotationComparison))]
[assembly: TypeForwardedTo(typeof(AnnotationFigures))]
[assembly: TypeForwardedTo(typeof(AnnotationReport))]
[assembly: TypeForwardedTo(typeof(AnnotationReportRow))]
[assembly: TypeForwardedTo(typeof(AnnotationSetFigures))]
[assembly: TypeForwardedTo(typeof(BaselineFigures))]
[assembly: TypeForwardedTo(typeof(CxrError))]
[assembly: TypeForwardedTo(typeof(DicomCodecs))]
[assembly: TypeForwardedTo(typeof(DicomFrame))]
[assembly: TypeForwardedTo(typeof(DicomOptions))]
[assembly: TypeForwardedTo(typeof(Estimate))]
[assembly: TypeForwardedTo(typeof(EvaluationMetric))]
[assembly: TypeForwardedTo(typeof(GroupFigures))]
[assembly: TypeForwardedTo(typeof(ImageFit))]
[assembly: TypeForwardedTo(typeof(InputWarning))]
[assembly: TypeForwardedTo(typeof(InputWarningKind))]
[assembly: TypeForwardedTo(typeof(LabelFigures))]
[assembly: TypeForwardedTo(typeof(LoadRadiographsOptions))]
[assembly: TypeForwardedTo(typeof(MeshAnnotation))]
[assembly: TypeForwardedTo(typeof(MeshTerm))]
[assembly: TypeForwardedTo(typeof(MetricCases))]
[assembly: TypeForwardedTo(typeof(MetricComputation))]
[assembly: TypeForwardedTo(typeof(NativeRuntimeException))]
[assembly: TypeForwardedTo(typeof(PhotometricHandling))]
[assembly: TypeForwardedTo(typeof(RadiographAnnotator))]
[assembly: TypeForwardedTo(typeof(RadiographAnnotatorOptions))]
[assembly: TypeForwardedTo(typeof(RadiographContent))]
[assembly: TypeForwardedTo(typeof(RadiographReading))]
[assembly: TypeForwardedTo(typeof(ReadFinding))]
[assembly: TypeForwardedTo(typeof(ReportSections))]
[assembly: TypeForwardedTo(typeof(SectionConflict))]
[assembly: TypeForwardedTo(typeof(SlotFigures))]
[assembly: TypeForwardedTo(typeof(UncertaintyPolicy))]
[assembly: TypeForwardedTo(typeof(ValueRange))]
