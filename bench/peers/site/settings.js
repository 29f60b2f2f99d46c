export default {
  root: 'pages',
  title: 'Carriers',
  telemetry: false,
  search: false,
  globalStylesheets: [],
  style: 'style.css',
};
